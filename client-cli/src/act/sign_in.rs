//! `sign-in`, `sign-out`, `whoami`, `code`.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use lockstep_proto::code::Code;
use lockstep_proto::command::Pin;
use lockstep_proto::frame::You;
use lockstep_proto::id::Principal;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::clear::pin;
use crate::Failure;
use crate::api::{Api, ApiError, NewCode};
use crate::context::Context;
use crate::profile::SignIn;

/// What has more time than this before it was used within the hour, or is a display's.
const WORTH_WITHIN_S: i64 = 11 * 3_600;
/// Nobody waits longer for their prompt.
const GO_ON_WITHIN: Duration = Duration::from_secs(1);

pub(super) async fn sign_in(context: &Context, code: Option<String>) -> Result<(), Failure> {
    let code = match code {
        Some(code) => code,
        None if context.asks.is_terminal() => context
            .asks
            .line("Enrolment code: ")
            .map_err(|why| Failure::Usage(format!("No code: {why}.")))?,
        None => {
            return Err(Failure::Usage(
                "There is no terminal to ask for the code on: `lockstep sign-in CODE`.".to_owned(),
            ));
        }
    };
    // An enrolment link says which server made it, and carries the code after its mark.
    let (servers, code) = match code.trim().rsplit_once("/enrol#") {
        Some((server, code)) => (context.servers_or(server)?, code),
        None => (context.servers(None), code.trim().trim_start_matches('#')),
    };
    let api = Api::new(servers.clone(), None)?;
    let signed_in = api.sign_in(code).await?;
    let api = Api::new(servers.clone(), Some(signed_in.token.clone()))?;
    // Without keys everything works but `timeline verify` without --keys.
    let keys = match api.keys().await {
        Ok(keys) => keys,
        Err(why) => {
            eprintln!("Signed in, but the server's keys could not be fetched: {why}");
            Vec::new()
        }
    };
    let kept = SignIn {
        servers: servers.iter().map(ToString::to_string).collect(),
        token: signed_in.token,
        expires_at: signed_in.expires_at,
        you: signed_in.you,
        keys,
    };
    context.profile.keep_sign_in(&kept)?;
    tell_you(context, &kept.you);
    Ok(())
}

/// A sign-in that is used goes on: it is given more time where it was given none within the hour. What
/// does not come of it now comes of it with the next command.
pub(super) async fn go_on(context: &Context) {
    let Ok(Some(kept)) = context.profile.sign_in() else {
        return;
    };
    let left_s = kept
        .expires_at
        .map(|at| at.as_second() - context.clock.now().as_second());
    if left_s.is_none_or(|left| !(1..=WORTH_WITHIN_S).contains(&left)) {
        return;
    }
    let asked = async { context.api()?.go_on().await.map_err(Failure::from) };
    if let Ok(Ok(Some(more))) = tokio::time::timeout(GO_ON_WITHIN, asked).await {
        let kept = SignIn {
            token: more.token,
            expires_at: more.expires_at,
            you: more.you,
            ..kept
        };
        // The one before is good for a while yet.
        let _ = context.profile.keep_sign_in(&kept);
    }
}

pub(super) async fn sign_out(context: &Context) -> Result<(), Failure> {
    let told = context.api()?.sign_out().await;
    context.profile.forget_sign_in()?;
    match told {
        Ok(()) => context.tell("Signed out: this sign-in is switched off."),
        // A sign-in that the server no longer takes is out already.
        Err(ApiError::Refused(_)) => context.tell("Signed out."),
        Err(why @ (ApiError::NotReached(_) | ApiError::NoAnswer(_))) => {
            return Err(Failure::Fault(format!(
                "Signed out here, but the server was not told: {why} If this machine may be in other hands, have the sign-in switched off."
            )));
        }
    }
    Ok(())
}

pub(super) async fn whoami(context: &Context) -> Result<(), Failure> {
    let you = context.api()?.me().await?;
    tell_you(context, &you);
    Ok(())
}

fn tell_you(context: &Context, you: &You) {
    let room = you
        .room
        .as_ref()
        .map_or_else(String::new, |room| format!(", room {room}"));
    context.tell(&format!(
        "You are {}, {} of {}{room} ({}).",
        you.name,
        you.role.words(),
        you.district,
        you.principal
    ));
    context.tell_json(you);
}

pub(super) async fn code(
    context: &Context,
    principal: &Principal,
    minutes: Option<u32>,
    pin_file: Option<&Path>,
) -> Result<(), Failure> {
    let api = context.api()?;
    let made = make_code(context, &api, principal, minutes, pin_file, None).await?;
    tell_code(context, &api, principal, &made);
    context.tell_json(&made);
    Ok(())
}

/// Makes a code; with a PIN where one is at hand, or where it turns out to take one (A4).
pub(super) async fn make_code(
    context: &Context,
    api: &Api,
    principal: &Principal,
    minutes: Option<u32>,
    pin_file: Option<&Path>,
    given: Option<&Pin>,
) -> Result<NewCode, Failure> {
    match api.code(principal, minutes, given).await {
        Err(ApiError::Refused(refusal)) if refusal.code == Code::ProofNeeded => {
            let pin = pin(context, pin_file)?;
            Ok(api.code(principal, minutes, Some(&pin)).await?)
        }
        made => Ok(made?),
    }
}

/// A code to be typed, followed or read from the screen by a phone.
pub(super) fn tell_code(context: &Context, api: &Api, principal: &Principal, made: &NewCode) {
    context.tell(&format!(
        "{}\nfor {principal}, works once, until {}.",
        made.code, made.expires_at
    ));
    let Some(server) = api.servers().first() else {
        return;
    };
    // The code stands behind the mark: a browser keeps it to itself, and no server logs it.
    let link = server.of(&format!("/enrol#{}", made.code));
    context.tell(&link);
    if std::io::stdout().is_terminal()
        && let Some(drawn) = drawn(&link)
    {
        context.tell(&drawn);
    }
}

/// The link as a QR code in half blocks. Light squares are drawn, for terminals that are dark.
fn drawn(link: &str) -> Option<String> {
    let code = QrCode::new(link).ok()?;
    let drawn = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    Some(drawn)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn a_code_is_drawn_with_its_light_edge() {
        let drawn = drawn("https://lockstep.example.org/enrol#ABCDE-FGHJK").unwrap();
        let first = drawn.lines().next().unwrap();
        assert!(first.chars().all(|c| c == '█'), "{drawn}");
        assert_eq!(super::drawn(&"x".repeat(5_000)), None);
    }
}
