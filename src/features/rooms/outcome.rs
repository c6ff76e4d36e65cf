//! The outcome of an answer and of each option, and the events in a room: the enums that pages and texts share.

use domain::grading::Score;

/// What became of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Correct, and chosen.
    Correct,
    /// Correct, and not chosen.
    Missed,
    /// Wrong, and chosen.
    Wrong,
    /// Correct; whether it was chosen is not the question here.
    Right,
}

impl Mark {
    /// As attributes and style sheets name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Missed => "missed",
            Self::Wrong => "wrong",
            Self::Right => "right",
        }
    }
}

/// How right an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of it.
    Correct,
    /// Some of it.
    PartlyRight,
    /// Nothing of it.
    NotRight,
    /// There is no answer.
    NoAnswer,
}

impl Verdict {
    /// The verdict on an answer with this score.
    pub(crate) const fn of(score: Score) -> Self {
        match score.right {
            0 => Self::NotRight,
            right if right == score.of => Self::Correct,
            _ => Self::PartlyRight,
        }
    }

    /// As style sheets name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::PartlyRight => "partly",
            Self::NotRight => "wrong",
            Self::NoAnswer => "none",
        }
    }
}

/// Something that happens in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoomEvent {
    /// A question is picked.
    Question,
    /// Feedback is shown.
    Feedback,
    /// The room is closed.
    Closed,
}
