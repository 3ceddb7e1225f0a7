//! The responder's console: posture, calls, rooms that need somebody first, sweep, vetoes, presence
//! and the newest lines of the timeline (L5).

use lockstep_proto::command::RoomReport;
use lockstep_proto::drill::DrillKind;
use lockstep_proto::posture::Posture;
use lockstep_proto::view::{Card, DrillCard, RoomCard, RoomReach, VetoKind, ZoneCard};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::parts::{BOLD, LOUD, header, keys, listed, notices, put, wrap};
use super::{doubts, headline, look, response, words_beside};
use crate::screen::model::{Model, Sheet, SheetKind, Shown, Sorted};
use crate::words::{self, RoomCounts};

const KEYS: &str = "L L lock-down  t t threat  a ack  e e 911  c clear…  w sweep  i in  o out  q";

const KEYS_WIDE: &str = "L L lock-down  t t threat  a ack  e e calling 911  p p 911 line open  c clear…  w sweep  i arrive  o leave  q quit";

/// From this many rows of body on a sighting is shown whole.
const WHOLE: usize = 14;

/// From this width on every key has its whole word.
const WIDE: usize = 118;

pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    let area = frame.area();
    let width = usize::from(area.width);
    let Some(shown) = model.campus() else {
        return super::classroom::nothing_yet(frame, area, model);
    };
    let sorted = shown.sorted();
    let top = top(shown, model, width);
    let said = notices(model, width, 2);
    let response = response::rows(shown, &sorted, model, width, area.height);
    // Where rows are few, what has to be done comes before what has been.
    let history = match (area.height >= 36, response.len()) {
        (true, _) => 10,
        (false, 0..=2) => 5,
        (false, 3..=6) => 2,
        (false, _) => 0,
    };
    let [head, posture, strip, body, lines, bottom, last] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(rows(top.len())),
        Constraint::Length(rows(response.len())),
        Constraint::Min(4),
        Constraint::Length(history),
        Constraint::Length(rows(said.len())),
        Constraint::Length(1),
    ])
    .areas(area);
    header(frame, head, model, &shown.name, &shown.zone);
    put(frame, posture, top);
    put(frame, strip, response);
    match &model.sheet {
        Some(sheet) => draw_sheet(frame, body, sheet, shown),
        None => draw_body(frame, body, shown, &sorted),
    }
    let newest = sorted.lines.iter().map(|line| {
        Line::raw(format!(
            " {} {}: {}",
            words::second(line.at, &shown.zone),
            line.by.name,
            line.text
        ))
    });
    put(
        frame,
        lines,
        newest_lines("TIMELINE", newest.collect(), usize::from(history)),
    );
    put(frame, bottom, said);
    put(
        frame,
        last,
        vec![keys(if width >= WIDE { KEYS_WIDE } else { KEYS })],
    );
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The newest lines; what is older is in the timeline, which is no list that anybody counts on.
fn newest_lines<'a>(title: &str, mut lines: Vec<Line<'a>>, height: usize) -> Vec<Line<'a>> {
    if height == 0 {
        return Vec::new();
    }
    lines.truncate(height.saturating_sub(1));
    lines.insert(0, Line::styled(title.to_owned(), BOLD));
    lines
}

fn top(shown: &Shown, model: &Model, width: usize) -> Vec<Line<'static>> {
    let look = look(shown, model.colour);
    let bar = format!(" {} {}  {}", look.shape, look.line, headline(shown, model));
    let mut lines: Vec<Line<'static>> = wrap(&bar, width.saturating_sub(1))
        .into_iter()
        .map(|row| Line::styled(format!("{:width$}", format!(" {row}")), look.style))
        .collect();
    let mut add = |text: &str, style| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|row| Line::styled(row, style)),
        )
    };
    for doubt in doubts(shown, model) {
        add(&doubt, LOUD);
    }
    if let Some(words) = words_beside(shown) {
        add(&words, LOUD);
    }
    if shown.screen.checking() {
        add(&format!("{}.", words::CHECKING), LOUD);
    }
    match shown.posture() {
        Some(Posture::LockDown) => {
            if let Some(campus) = words::campus_card(&shown.screen) {
                add(&campus.fire_alarm_words, Style::new());
            }
        }
        Some(Posture::LiftedBySchool) => add(&format!("{}.", words::SCHOOL_LIFT), BOLD),
        Some(Posture::AllClear | Posture::ControlledMovement | Posture::Normal) | None => {}
    }
    // What its giver says on the radio (S6): the newest release is the one whose words hold.
    let newest = shown.screen.cards.values().filter_map(Card::as_release);
    let newest = newest.max_by_key(|release| release.seq);
    if let (Some(Posture::AllClear | Posture::LiftedBySchool), Some(sentence)) = (
        shown.posture(),
        newest.and_then(|release| release.radio.as_ref()),
    ) {
        add(&format!("Say on the radio: {sentence}"), BOLD);
    }
    lines
}

/// Rows for three lists, one above the other: a third for each that wants it, and what is left over to
/// the first that wants more.
fn shares(height: usize, wants: [usize; 3]) -> [usize; 3] {
    let mut shares = wants.map(|want| want.min(height / 3));
    let mut left = height.saturating_sub(shares.iter().sum());
    for (share, want) in shares.iter_mut().zip(wants) {
        let more = want.saturating_sub(*share).min(left);
        *share += more;
        left -= more;
    }
    shares
}

fn draw_body(frame: &mut Frame<'_>, area: Rect, shown: &Shown, sorted: &Sorted<'_>) {
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)])
        .spacing(1)
        .areas(area);
    let height = usize::from(area.height);
    let width = usize::from(left.width);
    let seen = response::sightings(shown, sorted, width, height >= WHOLE);
    let items = items(shown, sorted, width);
    let titled = |lines: usize| lines + usize::from(lines > 0);
    // What is open has its title also where nothing is.
    let wants = [items.len() + 1, titled(seen.len()), sorted.zones.len() + 1];
    let [item_rows, seen_rows, sweep_rows] = shares(height, wants);
    let mut zones = sorted.zones.clone();
    if sweep_rows <= zones.len() {
        // Where not all have a row, those that are left to clear come first.
        zones.sort_by_key(|zone| (zone.clear, zone.adverse.is_none()));
    }
    let mut column = listed(&items_title(sorted), items, item_rows);
    if seen_rows > 0 {
        column.extend(listed(&response::sightings_title(sorted), seen, seen_rows));
    }
    column.extend(listed(
        &sweep_title(shown, sorted),
        zones.iter().map(|zone| zone_line(zone, shown)).collect(),
        sweep_rows,
    ));
    put(frame, left, column);

    let presence_rows = (sorted.presence.len() + 1).min(height / 3).max(1);
    let mut titles = rooms_title(shown, sorted, usize::from(right.width));
    let last = titles.pop().unwrap_or_default();
    let mut column: Vec<Line<'_>> = titles
        .into_iter()
        .map(|row| Line::styled(row, BOLD))
        .collect();
    let rooms = sorted
        .rooms
        .iter()
        .flat_map(|room| room_lines(room, shown, usize::from(right.width)))
        .collect();
    let room_rows = height.saturating_sub(presence_rows + column.len());
    column.extend(listed(&last, rooms, room_rows));
    let presence = sorted
        .presence
        .iter()
        .map(|card| Line::raw(format!(" {}", words::present(card, &shown.zone))));
    // Nobody recorded is unknown, and unknown is never here (C2).
    let title = if sorted.presence.is_empty() {
        "PRESENCE  nobody recorded"
    } else {
        "PRESENCE"
    };
    column.extend(listed(title, presence.collect(), presence_rows));
    put(frame, right, column);
}

fn items_title(sorted: &Sorted<'_>) -> String {
    format!(
        "OPEN  raises {}  threats {}  releases {}",
        sorted.raises.len(),
        sorted.threats.len(),
        sorted.releases.len()
    )
}

fn items(shown: &Shown, sorted: &Sorted<'_>, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |text: String, style| {
        lines.extend(
            wrap(&text, width.saturating_sub(1))
                .into_iter()
                .map(|row| Line::styled(format!(" {row}"), style)),
        )
    };
    for duress in &sorted.duress {
        add(words::duress(duress, &shown.zone), LOUD);
    }
    for veto in &sorted.vetoes {
        let word = match veto.kind {
            VetoKind::NotClear => "NOT CLEAR",
            VetoKind::Objection => "OBJECTION to a school lift",
        };
        add(
            format!(
                "{word} {} {}: {}",
                words::minute(veto.at, &shown.zone),
                words::who(Some(&veto.by)),
                veto.reason
            ),
            LOUD,
        );
    }
    for proposal in &sorted.proposals {
        add(
            format!(
                "SCHOOL LIFT proposed {} by {}: {}",
                words::minute(proposal.at, &shown.zone),
                words::who(Some(&proposal.by)),
                proposal.statement
            ),
            BOLD,
        );
    }
    for plea in &sorted.pleas {
        let note = plea.note.as_deref().unwrap_or("in no known room");
        add(
            format!(
                "HELP ASKED {} by {}: {note}",
                words::minute(plea.at, &shown.zone),
                words::who(Some(&plea.by)),
            ),
            LOUD,
        );
    }
    let held = |id| shown.screen.held.contains(&id);
    for card in words::items(&shown.screen) {
        let Some((item, text)) = card.item().zip(words::item(card, &shown.zone)) else {
            continue;
        };
        let style = if item.level == lockstep_proto::posture::Level::Checking {
            LOUD
        } else {
            Style::new()
        };
        let kept = if held(item.id) {
            " [kept: the server no longer sends it]"
        } else {
            ""
        };
        add(format!("{text}{kept}"), style);
    }
    lines
}

/// The drill whose sweep is practised: a test alert has none (D5).
fn practised(shown: &Shown) -> Option<&DrillCard> {
    shown
        .drill()
        .filter(|drill| drill.kind != DrillKind::TestAlert)
}

fn sweep_title(shown: &Shown, sorted: &Sorted<'_>) -> String {
    if let Some(drill) = practised(shown) {
        return format!(
            "DRILL SWEEP  {} of {} zones clear",
            drill.cleared.len(),
            sorted.zones.len()
        );
    }
    let clear = sorted.zones.iter().filter(|zone| zone.clear).count();
    let begun = sorted
        .posture
        .and_then(|card| card.sweep_since)
        .map_or("not begun", |_| "begun");
    format!(
        "SWEEP {begun}  {clear} of {} zones clear",
        sorted.zones.len()
    )
}

fn zone_line(zone: &ZoneCard, shown: &Shown) -> Line<'static> {
    if let Some(drill) = practised(shown) {
        let clear = if drill.cleared.contains(&zone.id) {
            "x"
        } else {
            " "
        };
        return Line::raw(format!(" [{clear}] DRILL {}", zone.name));
    }
    let by = match (zone.clear, zone.cleared_at, &zone.cleared_by) {
        (true, Some(at), Some(by)) => format!(" {} {}", words::minute(at, &shown.zone), by.name),
        (true | false, _, _) => String::new(),
    };
    let adverse = zone
        .adverse
        .as_ref()
        .filter(|_| !zone.clear)
        .map_or_else(String::new, |seen| format!(" ADVERSE: {seen}"));
    let style = if adverse.is_empty() {
        Style::new()
    } else {
        BOLD
    };
    Line::styled(
        format!(
            " [{}] {}{by}{adverse}",
            if zone.clear { "x" } else { " " },
            zone.name
        ),
        style,
    )
}

/// What the console shows at all times of its rooms (L5): in one row, or in two where it is narrow.
fn rooms_title(shown: &Shown, sorted: &Sorted<'_>, width: usize) -> Vec<String> {
    let counts = RoomCounts::of(&shown.screen);
    let reach = format!(
        "no screen {} unreached {} no-ack {}",
        counts.no_screen, counts.not_reached, counts.not_acknowledged
    );
    let all = if shown.drill().is_some() {
        format!("DRILL ROOMS {}", counts.rooms)
    } else if sorted.raises.is_empty() && sorted.threats.is_empty() {
        return vec![format!(
            "ROOMS {}  no live screen {}",
            counts.rooms, counts.no_screen
        )];
    } else {
        format!("ROOMS {} help {}", counts.rooms, counts.asking_for_help)
    };
    let whole = format!("{all} {reach}");
    if whole.chars().count() <= width {
        vec![whole]
    } else {
        vec![all, format!(" {reach}")]
    }
}

fn room_lines(room: &RoomCard, shown: &Shown, width: usize) -> Vec<Line<'static>> {
    let open = shown.screen.items().next().is_some() || shown.drill().is_some();
    let acknowledged = room.acknowledged.filter(|_| open);
    let acknowledged = acknowledged.map(|at| format!("ack {}", words::minute(at, &shown.zone)));
    let acknowledged = acknowledged.as_deref().unwrap_or_default();
    let state = match room.reach() {
        RoomReach::NoScreen => "NO LIVE SCREEN",
        RoomReach::NotReached | RoomReach::NotAcknowledged | RoomReach::Acknowledged if !open => {
            "live"
        }
        RoomReach::NotReached => "NOT REACHED",
        RoomReach::NotAcknowledged => "not acknowledged",
        RoomReach::Acknowledged => "",
    };
    let note = room
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!(": {note}"));
    let report = match &room.report {
        _ if shown.drill().is_some() => words::drill_report(room.drill.as_ref()),
        Some(report) => format!("{}{note}", lockstep_proto::sentence::room_report(report)),
        // Nothing said is unknown, never safe (L4).
        None if open => "unknown".to_owned(),
        None => String::new(),
    };
    let opened = match (room.stay_locked, room.opened) {
        (true, _) => "STAYS LOCKED",
        (false, true) => "opened",
        (false, false) => "",
    };
    let said = |parts: [&str; 4]| {
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    };
    if room.plea.is_some() {
        // What is asked for comes first, and whole.
        let asked = if room.report.as_ref().is_some_and(RoomReport::is_plea) {
            ""
        } else {
            "HELP ASKED, then "
        };
        let text = format!(
            "{} {asked}{}",
            room.name,
            said([&report, state, acknowledged, opened])
        );
        let signs = std::iter::once("!").chain(std::iter::repeat(" "));
        return wrap(&text, width.saturating_sub(1))
            .into_iter()
            .zip(signs)
            .map(|(row, sign)| Line::styled(format!("{sign}{row}"), LOUD))
            .collect();
    }
    vec![Line::raw(format!(
        " {} {}",
        room.name,
        said([state, acknowledged, &report, opened])
    ))]
}

/// Names what was drawn when it opened; says when something came in since (P4).
fn draw_sheet(frame: &mut Frame<'_>, area: Rect, sheet: &Sheet, shown: &Shown) {
    let title = match sheet.kind {
        SheetKind::AllClear => "GIVE THE ALL CLEAR, lifting exactly:",
        SheetKind::EndMovement => "END CONTROLLED MOVEMENT, lifting exactly:",
        SheetKind::Resume => "RETURN TO NORMAL from exactly:",
        SheetKind::DrillAllClear => "DRILL: PRACTISE THE ALL CLEAR of exactly:",
        SheetKind::EndDrill => "DRILL: END exactly:",
    };
    let width = usize::from(area.width).saturating_sub(1);
    let lines: Vec<Line<'_>> = sheet
        .lines
        .iter()
        .flat_map(|line| wrap(line, width))
        .map(|row| Line::raw(format!(" {row}")))
        .collect();
    let mut drawn = listed(title, lines, usize::from(area.height).saturating_sub(4));
    drawn.push(Line::raw(format!("Head {}", sheet.seen)));
    if shown.screen.position.is_some_and(|now| now != sheet.seen) {
        drawn.push(Line::styled(
            "Something new has come in since this sheet opened: Esc, and look again.",
            LOUD,
        ));
    }
    if sheet.kind.needs_pin() {
        drawn.push(Line::styled(
            format!("PIN: {}", "•".repeat(sheet.pin.len())),
            BOLD,
        ));
    }
    drawn.push(Line::raw("Enter sends. Esc sends nothing."));
    put(frame, area, drawn);
}
