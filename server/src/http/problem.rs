//! A refusal over HTTP: an RFC 9457 problem.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lockstep_proto::code::{Code, Refusal};
use lockstep_proto::http::ProblemBody;

/// A refusal on its way to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub Refusal);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let refusal = &self.0;
        let status = refusal.code.status();
        let body = ProblemBody {
            r#type: "about:blank",
            title: refusal.code.as_str(),
            status,
            detail: &refusal.message,
            refusal,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(ms) = refusal.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        response
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let code = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Code::FrameTooLarge
        } else {
            Code::BadFrame
        };
        Self(Refusal::new(code).because(rejection.body_text()))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self(Refusal::new(Code::BadFrame).because(rejection.body_text()))
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        // An id that cannot be is a campus that does not exist.
        Self(Code::UnknownCampus.into())
    }
}
