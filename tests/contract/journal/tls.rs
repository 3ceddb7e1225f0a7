//! The way to the database: encrypted, and to the right server.

use std::fs;
use std::path::Path;

use lockstep_server::journal::Journal as _;
use lockstep_server::journal::postgres::{Database, OpenError, PostgresJournal};
use lockstep_tests::{Certificates, Postgres};

use super::SetClock;
use super::school::{at, call, north};

async fn open(url: &str, ca: Option<&Path>) -> Result<PostgresJournal, OpenError> {
    PostgresJournal::open(Database::at(url, ca)?, SetClock::new()).await
}

#[tokio::test]
async fn a_database_is_reached_over_tls_that_checks_whose_it_is() {
    let made = Certificates::good_for(2);
    let file = |name: &str| made.file(name);
    let reached_by = "local all all trust\nhostssl all all 127.0.0.0/8 trust\n";
    fs::write(file("hba"), reached_by).unwrap();
    Postgres::give(made.folder());
    Postgres::give(&file("server.key"));
    // An address of this machine that nobody else listens on.
    let [.., high, low] = std::process::id().to_be_bytes();
    let address = format!("127.99.{high}.{low}");
    let server = Postgres::start(&format!(
        "-c listen_addresses={address} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={} \
         -c hba_file={}",
        file("server.pem").display(),
        file("server.key").display(),
        file("hba").display(),
    ));
    let name = server.database();
    let url = format!("postgres://owner@localhost/{name}?hostaddr={address}");
    let ca = file("ca.pem");

    for mode in ["require", "verify-full"] {
        let journal = open(&format!("{url}&sslmode={mode}"), Some(&ca)).await;
        journal.unwrap().probe().await.unwrap();
    }
    let journal = open(&format!("{url}&sslmode=require"), Some(&ca)).await;
    let journal = journal.unwrap();
    journal
        .append(north(), at(0).into(), vec![call(1)])
        .await
        .unwrap();

    // An authority that nobody here knows; another server's name; no TLS at all.
    let other_name = format!("postgres://owner@{address}/{name}?sslmode=require");
    for (url, ca, says) in [
        (format!("{url}&sslmode=require"), None, "certificate"),
        (other_name, Some(&*ca), "certificate"),
        (url, None, "no pg_hba.conf entry"),
    ] {
        let refused = open(&url, ca).await.err().unwrap().to_string();
        assert!(refused.contains(says), "{url}: {refused}");
    }
    let missing = open("postgres://u@db/d", Some(&file("no.pem"))).await;
    assert!(matches!(missing.err().unwrap(), OpenError::Setting(_)));
}
