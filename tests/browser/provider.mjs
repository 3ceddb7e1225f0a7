// A district's own sign-in, as a program by itself: `oidc-provider`, with keys made anew at each
// start. Anybody may say who they are; their groups stand behind the name, as in `joy.adams+teachers`.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const { port, redirects } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  clients: [{ client_id: 'lockstep', client_secret: 'zebra-quartz', redirect_uris: redirects, grant_types: ['authorization_code'], response_types: ['code'] }],
  jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256', kid: crypto.randomUUID() }] },
  cookies: { keys: [crypto.randomUUID()] },
  claims: { openid: ['sub'], profile: ['employee_id', 'name', 'groups'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, accountId) => {
    const [person, ...groups] = accountId.split('+');
    return { accountId, claims: () => ({ sub: accountId, employee_id: person, name: 'Ivy Newman', groups }) };
  },
  // The district's own people are not asked whether its own Lockstep may know who they are.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid profile');
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = '<!doctype html><html lang="en"><title>School login</title><form method="post"><label>Name <input name="login" autofocus></label><button>Log in</button></form>';
    return undefined;
  }
  let body = '';
  for await (const chunk of ctx.req) body += chunk;
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: new URLSearchParams(body).get('login') } });
});

provider.listen(port, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ issuer })}\n`));
