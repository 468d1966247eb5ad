//! The pages for signing out.

use super::{Around, InLanguages, failure::Message};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) question: &'static str,
    pub(crate) asked_by: Around,
    pub(crate) signed_in_as: Around,
    pub(crate) goes_on: Around,
    pub(crate) stay: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) done: Message,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Sign out",
        question: "Sign out?",
        asked_by: ("", " asks whether you want to sign out here, too."),
        signed_in_as: ("You are signed in as ", "."),
        goes_on: ("Afterwards you go on to ", "."),
        stay: "Stay signed in",
        submit: "Sign out",
        done: (
            "Signed out",
            "You are signed out on this device. Applications that you signed in to may keep you signed in for a while.",
        ),
    },
    de: Texts {
        title: "Abmelden",
        question: "Abmelden?",
        asked_by: ("", " fragt, ob Sie sich auch hier abmelden möchten."),
        signed_in_as: ("Sie sind angemeldet als ", "."),
        goes_on: ("Danach geht es weiter zu ", "."),
        stay: "Angemeldet bleiben",
        submit: "Abmelden",
        done: (
            "Abgemeldet",
            "Sie sind auf diesem Gerät abgemeldet. Bei Anwendungen, die Sie genutzt haben, können Sie noch eine Weile angemeldet sein.",
        ),
    },
    ar: Texts {
        title: "تسجيل الخروج",
        question: "هل تريد تسجيل الخروج؟",
        asked_by: ("يسأل التطبيق ", " عمّا إذا كنت تريد تسجيل الخروج هنا أيضًا."),
        signed_in_as: ("سجّلت الدخول باسم ", "."),
        goes_on: ("بعد ذلك تنتقل إلى ", "."),
        stay: "البقاء مسجّلًا",
        submit: "تسجيل الخروج",
        done: (
            "تم تسجيل الخروج",
            "سُجّل خروجك على هذا الجهاز. قد تُبقيك التطبيقات التي سجّلت الدخول إليها مسجّلًا لبعض الوقت.",
        ),
    },
};
