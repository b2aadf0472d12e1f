//! Activation by hand: a device's request comes as a file or as scanned text, and is answered.

use hwlicense::primary::frame::{read_head, write_head};
use hwlicense::primary::{self, Outcome, Refusal, SignedRequest};

use crate::access::Holder;
use crate::carried;
use crate::problem::Problem;
use crate::state::State;

/// What precedes the bytes of a reply in a body.
const ANSWER_EXTRA_BYTES: usize = 8;

/// A request that was answered.
pub(crate) struct Answered {
    pub(crate) name: String,
    pub(crate) hwid: String,
    pub(crate) outcome: Outcome,
    /// The frame for the device.
    pub(crate) frame: Vec<u8>,
    /// Short codes of request and answer, for people to compare.
    pub(crate) request_code: String,
    pub(crate) answer_code: String,
}

impl Answered {
    /// Stable name of the outcome.
    pub(crate) const fn outcome_code(&self) -> &'static str {
        match self.outcome {
            Outcome::Licensed => "licensed",
            Outcome::Waiting => "waiting",
            Outcome::Refused(_) => "refused",
            Outcome::Deactivated => "deactivated",
        }
    }

    /// Why it was refused.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self.outcome {
            Outcome::Refused(number) => Refusal::from_number(number),
            _ => None,
        }
    }
}

fn no_request(why: impl core::fmt::Display) -> Problem {
    let next_step = "Get the request again from the device: `hwlicense agent request` writes it.";
    Problem::unreadable(format!("this is no request of a device: {why}"), next_step)
}

/// A frame out of what was uploaded, or out of scanned text.
pub(crate) fn frame_of(file: Option<&Vec<u8>>, text: Option<&str>) -> Result<Vec<u8>, Problem> {
    let scanned = |text: &str| carried::join(text).map_err(|error| Problem::unreadable(error, error.next_step()));
    match (file, text) {
        // A file may hold the text of the pictures as well.
        (Some(file), _) => match core::str::from_utf8(file).ok().filter(|text| text.trim_start().starts_with("HWL1")) {
            Some(text) => scanned(text),
            None => Ok(file.clone()),
        },
        (None, Some(text)) => scanned(text),
        (None, None) => Err(Problem::unreadable("nothing came along", "Choose a file, or paste the scanned text.")),
    }
}

/// Answers the request in a frame. The same request gets the same answer again.
pub(crate) async fn answer(state: &State, who: &Holder, frame: &[u8]) -> Result<Answered, Problem> {
    who.must_administer()?;
    let (head, body) = frame.split_first_chunk().ok_or_else(|| no_request("it is too short"))?;
    if read_head(*head).map_err(no_request)? != body.len() {
        return Err(no_request("it is cut off, or something follows it"));
    }
    let signed = SignedRequest::parse(body).map_err(no_request)?;
    if signed.request.has_unknown_critical() {
        return Err(no_request("the device's software is newer than this server's"));
    }
    let hwid = signed.request.hwid().ok_or_else(|| no_request("it names no Hardware ID"))?;
    let by_hand = state.office.clerk().answer_by_hand(body.to_vec()).await?;
    state.forget_census().await;
    let mut buffer = vec![0; by_hand.reply.len().saturating_add(ANSWER_EXTRA_BYTES)];
    let answer = primary::Answer::Reply(&by_hand.reply).write(&mut buffer).map_err(|_| Problem::fault())?;
    let framed = [write_head(answer.len()).map_err(|_| Problem::fault())?.as_slice(), answer].concat();
    Ok(Answered {
        name: signed.request.name.to_string(),
        hwid: hwid.to_string(),
        outcome: by_hand.outcome,
        request_code: carried::code_of(frame),
        answer_code: carried::code_of(&framed),
        frame: framed,
    })
}
