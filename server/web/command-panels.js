// The command page's panels, brought after its sign and its raise are there.

import './command-attention.js';
import './command-contact.js';
import './command-drill.js';
import './command-duties.js';
import './command-lines.js';
import './command-people.js';
import './command-reach.js';
import './command-release.js';
import './command-rooms.js';
import './command-sightings.js';
import './command-sweep.js';
