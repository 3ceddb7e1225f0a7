//! The way to the database: encrypted, and to the right server.

use std::path::Path;
use std::process::Command;

use lockstep_server::journal::Journal as _;
use lockstep_server::journal::postgres::{Database, OpenError, PostgresJournal};
use lockstep_tests::Postgres;
use tempfile::TempDir;

use super::SetClock;
use super::school::{at, call, north};

/// An authority, and a server's certificate by it for `localhost` alone.
const CERTIFICATES: &str = r#"
set -e
cd "$1"
key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=authority -days 2
openssl req $key -keyout server.key -out server.csr -subj /CN=server
echo subjectAltName=DNS:localhost >names
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
    -extfile names -out server.pem
printf 'local all all trust\nhostssl all all 127.0.0.0/8 trust\n' >hba
"#;

/// Makes them, in a folder of their own.
pub(crate) fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh")
        .args(["-c", CERTIFICATES, "sh"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    folder
}

async fn open(url: &str, ca: Option<&Path>) -> Result<PostgresJournal, OpenError> {
    PostgresJournal::open(Database::at(url, ca)?, SetClock::new()).await
}

#[tokio::test]
async fn a_database_is_reached_over_tls_that_checks_whose_it_is() {
    let folder = certificates();
    Postgres::give(folder.path());
    Postgres::give(&folder.path().join("server.key"));
    // An address of this machine that nobody else listens on.
    let [.., high, low] = std::process::id().to_be_bytes();
    let address = format!("127.99.{high}.{low}");
    let file = |name: &str| folder.path().join(name);
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
