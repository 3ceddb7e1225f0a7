//! The two published descriptions, made of the table of routes and of the types: OpenAPI 3.1 of
//! what goes over HTTP, AsyncAPI 3 of the socket. It owns their form and no word of the protocol.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::code::{Close, Code};
use crate::command::CommandRequest;
use crate::frame::{Accepted, ClientFrame, FRAME_MAX, SUBPROTOCOL, ServerFrame};
use crate::http::{self, Face};
use crate::id::{CampusId, DistrictId, FactId, PasskeyId, PersonId, RoomId};
use crate::roster::Roster;
use crate::route::{Answer, Body, Method, Name, Query, Route};
use crate::{export, schema};

/// Where each form wants the types.
const TYPES: &str = "#/components/schemas/";

/// Everything over HTTP. `more` makes known the bodies that this crate has no types of.
#[must_use]
pub fn openapi(more: impl FnOnce(&mut SchemaGenerator)) -> Value {
    let mut types = schema::generator(TYPES);
    types.subschema_for::<CommandRequest>();
    types.subschema_for::<ServerFrame>();
    types.subschema_for::<Accepted>();
    types.subschema_for::<export::Export>();
    types.subschema_for::<Face>();
    types.subschema_for::<CampusId>();
    types.subschema_for::<PersonId>();
    types.subschema_for::<FactId>();
    types.subschema_for::<http::SignOns>();
    types.subschema_for::<DistrictId>();
    types.subschema_for::<http::SignIn>();
    types.subschema_for::<http::SignedIn>();
    types.subschema_for::<http::MakeCode>();
    types.subschema_for::<http::MadeCode>();
    types.subschema_for::<http::DirectoryPage>();
    types.subschema_for::<http::ChangeDirectory>();
    types.subschema_for::<http::ChangedDirectory>();
    types.subschema_for::<http::SignIns>();
    types.subschema_for::<http::KeyList>();
    types.subschema_for::<http::CampusList>();
    types.subschema_for::<http::CampusView>();
    types.subschema_for::<http::TimelinePage>();
    types.subschema_for::<http::StandingPolicy>();
    types.subschema_for::<http::PutPolicy>();
    types.subschema_for::<http::ChangedPolicy>();
    types.subschema_for::<http::Enrol>();
    types.subschema_for::<http::EnrolledOfficer>();
    types.subschema_for::<http::WaitingOfficers>();
    types.subschema_for::<http::Certify>();
    types.subschema_for::<http::NewOfficer>();
    types.subschema_for::<http::Challenge>();
    types.subschema_for::<http::BeginPasskey>();
    types.subschema_for::<http::PasskeyBegun>();
    types.subschema_for::<http::MadePasskey>();
    types.subschema_for::<http::OwnPasskey>();
    types.subschema_for::<http::OwnPasskeys>();
    types.subschema_for::<PasskeyId>();
    types.subschema_for::<http::UploadedPicture>();
    types.subschema_for::<Roster>();
    types.subschema_for::<RoomId>();
    types.subschema_for::<http::ProblemBody<'static>>();
    more(&mut types);
    let mut schemas = types.take_definitions(true);
    schemas.insert("InDoubt".to_owned(), in_doubt());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for name in Name::ALL {
        let route = name.route();
        let method = match route.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Delete => "delete",
        };
        let of_path = paths.entry(route.path).or_default();
        of_path.insert(method.to_owned(), operation(*name, &route));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lockstep",
            "version": SUBPROTOCOL,
            "license": { "name": "Apache 2.0", "identifier": "Apache-2.0" },
            "description": "Everything of Lockstep that goes over HTTP. A refusal is a problem (RFC 9457) with a \
                            stable `code`. What the server says may gain fields: pass over those that you do \
                            not know. A token never stands in an address.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": sign_ins() },
    })
}

/// A 202: the frame of that name.
fn in_doubt() -> Value {
    let in_doubt = json!({ "properties": { "type": { "const": "in_doubt" } } });
    json!({ "allOf": [{ "$ref": format!("{TYPES}ServerFrame") }, in_doubt] })
}

/// A program's token, or the cookie of one face.
fn sign_ins() -> Value {
    let mut sign_ins = json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "A program's token, of `POST /v1/sign-in`." },
    });
    for face in FACES {
        sign_ins[face.cookie()] = json!({
            "type": "apiKey", "in": "cookie", "name": face.cookie(),
            "description": "A browser's token: HttpOnly, Secure, SameSite=Strict. It is looked at where `face` names it.",
        });
    }
    sign_ins
}

const FACES: [Face; 4] = [Face::Classroom, Face::Command, Face::Officer, Face::Board];

fn operation(name: Name, route: &Route) -> Value {
    let mut responses = Map::new();
    for answer in route.answers {
        let (status, what, media, schema) = told(*answer);
        let response = responses.entry(status.to_string());
        let response = response.or_insert_with(|| json!({ "description": what }));
        if let Some(media) = media {
            response["content"][media] = json!({ "schema": schema });
        }
    }
    let mut by_status: BTreeMap<u16, BTreeSet<Code>> = BTreeMap::new();
    for code in route.codes() {
        by_status.entry(code.status()).or_default().insert(code);
    }
    for (status, codes) in by_status {
        let response = responses.entry(status.to_string());
        let response = response.or_insert_with(|| json!({ "description": said(&codes) }));
        response["content"]["application/problem+json"] = json!({ "schema": problem(&codes) });
    }
    let mut operation = json!({
        "operationId": format!("{name:?}"),
        "summary": route.what,
        "parameters": parameters(route),
        "responses": responses,
        "security": [],
    });
    if route.signed_in {
        let faces = FACES.map(|face| json!({ face.cookie(): [] }));
        operation["security"] = std::iter::once(json!({ "bearer": [] }))
            .chain(faces)
            .collect();
    }
    let sent = match route.body {
        Body::None => return operation,
        Body::Json(of) => json!({ "application/json": { "schema": reference(of) } }),
        Body::Picture => json!({ "image/jpeg": {}, "image/png": {} }),
    };
    operation["requestBody"] = json!({ "required": true, "content": sent });
    operation
}

fn reference(of: &str) -> Value {
    json!({ "$ref": format!("{TYPES}{of}") })
}

/// Status, sentence, media type and schema.
fn told(answer: Answer) -> (u16, &'static str, Option<&'static str>, Value) {
    let text = json!({ "type": "string" });
    match answer {
        Answer::Json(status, of) => (status, "Done.", Some("application/json"), reference(of)),
        Answer::Description => (
            200,
            "The description.",
            Some("application/json"),
            json!({ "type": "object" }),
        ),
        Answer::Text(503) => (503, "Not yet.", Some("text/plain"), text),
        Answer::Text(status) => (status, "Done.", Some("text/plain"), text),
        Answer::Page => (200, "Done.", Some("text/html"), text),
        Answer::Picture => (200, "The picture.", Some("image/*"), json!({})),
        Answer::Elsewhere => (303, "Go on there.", None, Value::Null),
        Answer::Nothing => (204, "Done.", None, Value::Null),
        Answer::Socket => (101, "The connection is a WebSocket now.", None, Value::Null),
    }
}

/// Each code that has this status, with its sentence.
fn said(codes: &BTreeSet<Code>) -> String {
    let lines = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.as_str(), code.sentence()));
    lines.collect::<Vec<_>>().join("\n\n")
}

fn problem(codes: &BTreeSet<Code>) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    json!({ "allOf": [reference("ProblemBody"), { "properties": { "code": { "enum": names } } }] })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.filled_in().map(|name| {
        let (what, schema) = match name {
            "campus" => ("The campus.", reference("CampusId")),
            "district" => ("The district.", reference("DistrictId")),
            "officer" => ("The officer.", reference("PersonId")),
            "sign_in" => ("The sign-in.", reference("CredentialId")),
            "passkey" => ("The passkey.", reference("PasskeyId")),
            "room" => ("The room.", reference("RoomId")),
            "sighting" => ("The sighting.", reference("FactId")),
            "seq" => ("The entry.", json!({ "type": "integer", "minimum": 1 })),
            _ => ("The picture's SHA-256.", json!({ "type": "string", "pattern": schema::HASH })),
        };
        json!({ "name": name, "in": "path", "required": true, "description": what, "schema": schema })
    });
    let in_query = route.query.iter().map(|query| {
        let (name, what, schema) = match query {
            Query::Face => ("face", "The face whose cookie signs a browser in; a program leaves it out.", reference("Face")),
            Query::After => ("after", "Entries after this one; 0 by default.", json!({ "type": "integer", "minimum": 0 })),
            Query::Limit => ("limit", "How many at most.", json!({ "type": "integer", "minimum": 1, "maximum": 500 })),
            Query::Year => ("year", "The year, in universal time.", json!({ "type": "integer", "minimum": 1970, "maximum": 9999 })),
            Query::Campus => ("campus", "The campus.", reference("CampusId")),
            Query::AfterPerson => ("after", "Whoever stands after this one.", reference("PersonId")),
            Query::Principal => ("principal", "Whose; one's own by default.", reference("Principal")),
            Query::Refused => ("refused", "A code of the table: why a browser was sent here.", reference("Code")),
            Query::Code => ("code", "The provider's word, good once.", json!({ "type": "string" })),
            Query::State => ("state", "What the sign-on was begun with.", json!({ "type": "string" })),
            Query::Error => ("error", "Why the provider does not vouch.", json!({ "type": "string" })),
            Query::As => ("as", "The form; what `Accept` asks for by default.", json!({ "enum": ["json", "page"] })),
        };
        let required = *query == Query::Year;
        json!({ "name": name, "in": "query", "required": required, "description": what, "schema": schema })
    });
    in_path.chain(in_query).collect()
}

/// The socket.
#[must_use]
pub fn asyncapi() -> Value {
    let mut types = schema::generator(TYPES);
    types.subschema_for::<ClientFrame>();
    types.subschema_for::<ServerFrame>();
    let schemas = types.take_definitions(true);
    let socket = Name::Socket.route();
    let message = |of: &str, what: &str| json!({ "name": of, "contentType": "application/json", "summary": what, "payload": reference(of) });
    let operation = |action: &str, of: &str, what: &str| {
        let message = json!({ "$ref": format!("#/channels/socket/messages/{of}") });
        json!({ "action": action, "channel": { "$ref": "#/channels/socket" }, "summary": what, "messages": [message] })
    };
    let closes = Close::ALL.iter().map(|close| {
        let back = if close.come_back() {
            "come back"
        } else {
            "stay away"
        };
        format!("{} ({back}): {}", close.number(), close.sentence())
    });
    let closes = closes.collect::<Vec<_>>().join("\n\n");
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lockstep's socket",
            "version": SUBPROTOCOL,
            "description": format!(
                "JSON text frames of the subprotocol `{SUBPROTOCOL}`, at most {FRAME_MAX} bytes each, no compression. \
                 The first frame is the server's `welcome`. Why the server closes a connection:\n\n{closes}"
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "lockstep": {
                "host": "lockstep.example", "protocol": "wss",
                "description": "Where the district runs it.",
                "security": [
                    { "type": "http", "scheme": "bearer", "description": "A program's token." },
                    { "type": "httpApiKey", "in": "cookie", "name": Face::Command.cookie(),
                      "description": "A browser's cookie, one of each face; the address then names the face: `?face=command`." },
                ],
            },
        },
        "channels": {
            "socket": {
                "address": socket.path,
                "description": socket.what,
                "messages": {
                    "ClientFrame": message("ClientFrame", "What a client says."),
                    "ServerFrame": message("ServerFrame", "What the server says."),
                },
                "bindings": { "ws": { "method": "GET" } },
            },
        },
        "operations": {
            "hear": operation("receive", "ClientFrame", "The server hears what a client says."),
            "say": operation("send", "ServerFrame", "The server says what a client is to show."),
        },
        "components": { "schemas": schemas },
    })
}
