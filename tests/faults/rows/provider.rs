//! The district's own sign-in is frozen while people sign on: they are told so, and nobody else
//! notices.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::rows::Measure;
use crate::tries::Try;

/// People who sign on at each instance meanwhile.
const SIGNING_ON: usize = 50;
const REFUSED: &str = "/enrol?refused=sign_on_unavailable";

/// A raise and its all clear while people wait for the provider.
pub(super) async fn frozen(this: &mut Try<'_>) -> Result<(), String> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let client = client.map_err(|error| error.to_string())?;
    let addresses: Vec<String> = this.world.addresses().read().expect("addresses").clone();
    let waiting = addresses
        .into_iter()
        .flat_map(|url| vec![url; SIGNING_ON])
        .map(move |url| signs_on(client.clone(), url));
    let waiting = tokio::spawn(join_all(waiting));
    let call = this.raise(0, true).await?;
    this.acknowledged(call).await?;
    this.read(1).await?;
    this.lower(1).await?;
    for told in waiting.await.map_err(|error| error.to_string())? {
        this.took(Measure::SignOnTold, told?);
    }
    Ok(())
}

/// How long until somebody who signs on is told that they cannot.
async fn signs_on(client: reqwest::Client, url: String) -> Result<Duration, String> {
    let began = Instant::now();
    let answer = client.get(format!("{url}/v1/sign-on/maple-valley")).send();
    let answer = answer.await.map_err(|error| error.to_string())?;
    let to = answer.headers().get("location");
    if to.is_some_and(|to| to == REFUSED) {
        Ok(began.elapsed())
    } else {
        Err(format!("a sign-on came to {} {to:?}", answer.status()))
    }
}
