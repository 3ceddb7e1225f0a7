//! Roles, and what a sign-in is good for.

use serde::{Deserialize, Serialize};

/// What a person (or a room's device) is to the district.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Principal or assistant principal of the campus.
    Administrator,
    /// School resource officer: sworn, assigned to campuses.
    Sro,
    /// A sworn law-enforcement officer of any other agency.
    Officer,
    /// School safety officer: district security, not certified law enforcement.
    Sso,
    /// Maintenance and custodial staff, who observe and report.
    Eyes,
    /// Teachers, substitutes, office and cafeteria staff.
    Staff,
    /// Chief of campus police.
    Chief,
    /// The district's director of safety.
    Director,
    /// The superintendent.
    Superintendent,
    /// A district reader: sees everything of the district and changes nothing.
    Monitor,
    /// An enrolled room device.
    Room,
    /// Whoever has the server's own shell.
    Operator,
}

impl Role {
    /// Every role, as the authority grids list them (A6).
    pub const ALL: [Self; 12] = [
        Self::Administrator,
        Self::Sro,
        Self::Officer,
        Self::Sso,
        Self::Eyes,
        Self::Staff,
        Self::Chief,
        Self::Director,
        Self::Superintendent,
        Self::Monitor,
        Self::Room,
        Self::Operator,
    ];

    /// The role as the directory file spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Sro => "sro",
            Self::Officer => "officer",
            Self::Sso => "sso",
            Self::Eyes => "eyes",
            Self::Staff => "staff",
            Self::Chief => "chief",
            Self::Director => "director",
            Self::Superintendent => "superintendent",
            Self::Monitor => "monitor",
            Self::Room => "room",
            Self::Operator => "operator",
        }
    }

    /// The role as people say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Sro => "SRO",
            Self::Officer => "officer",
            Self::Sso => "SSO",
            Self::Eyes => "custodial staff",
            Self::Staff => "staff",
            Self::Chief => "chief of campus police",
            Self::Director => "director of safety",
            Self::Superintendent => "superintendent",
            Self::Monitor => "district monitor",
            Self::Room => "room",
            Self::Operator => "operator",
        }
    }

    /// Whether this role serves every campus of its district, and so names none.
    #[must_use]
    pub fn serves_the_district(self) -> bool {
        match self {
            Self::Chief | Self::Director | Self::Superintendent | Self::Monitor => true,
            Self::Administrator
            | Self::Sro
            | Self::Officer
            | Self::Sso
            | Self::Eyes
            | Self::Staff
            | Self::Room
            | Self::Operator => false,
        }
    }

    /// Whether this role is told of an officer's or administrator's duress (A4): the district,
    /// and officers.
    #[must_use]
    pub fn hears_of_duress(self) -> bool {
        match self {
            Self::Sro
            | Self::Officer
            | Self::Chief
            | Self::Director
            | Self::Superintendent
            | Self::Monitor => true,
            Self::Administrator
            | Self::Sso
            | Self::Eyes
            | Self::Staff
            | Self::Room
            | Self::Operator => false,
        }
    }

    /// What this role is shown of a campus.
    #[must_use]
    pub fn audience(self) -> Audience {
        match self {
            Self::Room => Audience::Room,
            Self::Eyes | Self::Staff => Audience::Staff,
            Self::Administrator | Self::Sro | Self::Officer | Self::Sso => Audience::Responder,
            Self::Chief
            | Self::Director
            | Self::Superintendent
            | Self::Monitor
            | Self::Operator => Audience::District,
        }
    }
}

/// Who a view is made for. Each change is encoded once per audience, never per client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// A display that students see: posture and instructions.
    Room,
    /// A signed-in person: that, and what to look for and where, as its raiser shared it.
    Staff,
    /// Everything of the campus but records and rosters.
    Responder,
    /// The same for all campuses of the district.
    District,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 4] = [Self::Room, Self::Staff, Self::Responder, Self::District];

    /// Whether this audience sees who and why, room by room and zone by zone.
    #[must_use]
    pub fn sees_responder_detail(self) -> bool {
        match self {
            Self::Room | Self::Staff => false,
            Self::Responder | Self::District => true,
        }
    }
}

/// What a sign-in is good for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Expired by less than twelve hours: raises, notes and the room's view, nothing else.
    Forgiven,
    /// Live and unexpired.
    Live,
    /// Live, with a proof of who is acting in the last two minutes (A4).
    Fresh,
}
