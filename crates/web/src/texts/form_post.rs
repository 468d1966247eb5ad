//! The page that takes an answer back to the application.

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) title: Around,
    pub(crate) explanation: Around,
    pub(crate) go_on: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: ("Back to ", ""),
        explanation: ("Your answer is sent to ", ". If nothing happens, continue by hand."),
        go_on: "Continue",
    },
    de: Texts {
        title: ("Zurück zu ", ""),
        explanation: ("Ihre Antwort wird an ", " gesendet. Wenn nichts geschieht, gehen Sie selbst weiter."),
        go_on: "Weiter",
    },
    ar: Texts {
        title: ("العودة إلى ", ""),
        explanation: ("تُرسَل إجابتك إلى ", ". إذا لم يحدث شيء، فتابع بنفسك."),
        go_on: "متابعة",
    },
};
