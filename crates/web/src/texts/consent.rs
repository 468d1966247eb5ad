//! The consent page, and what scopes mean, on the page for devices, too.

use std::borrow::Cow;

use protocol::scope::{ADDRESS, EMAIL, OFFLINE_ACCESS, OPENID, PHONE, PROFILE};

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) title: Around,
    pub(crate) question: Around,
    pub(crate) signed_in_as: Around,
    pub(crate) switch: &'static str,
    pub(crate) allowed_before: &'static str,
    pub(crate) published_by: Around,
    pub(crate) access_at: Around,
    pub(crate) next: &'static str,
    pub(crate) sent_to: Around,
    pub(crate) loopback: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: ("Allow ", "?"),
        question: ("Allow ", " to use your account?"),
        signed_in_as: ("You are signed in as ", "."),
        switch: "Use another account",
        allowed_before: "You have allowed it before to",
        published_by: ("It is published by ", "."),
        access_at: ("It asks for access to ", "."),
        next: "Where you go next",
        sent_to: ("Your answer is sent to ", "."),
        loopback: "That is a program on this device. Allow it only if you have just started it yourself.",
    },
    de: Texts {
        title: ("", " erlauben?"),
        question: ("Darf ", " Ihr Konto nutzen?"),
        signed_in_as: ("Sie sind angemeldet als ", "."),
        switch: "Anderes Konto verwenden",
        allowed_before: "Das haben Sie schon erlaubt",
        published_by: ("Herausgegeben von ", "."),
        access_at: ("Es geht um Zugriff auf ", "."),
        next: "Wohin es weitergeht",
        sent_to: ("Ihre Antwort wird an ", " gesendet."),
        loopback: "Das ist ein Programm auf diesem Gerät. Erlauben Sie es nur, wenn Sie es gerade selbst gestartet haben.",
    },
    ar: Texts {
        title: ("السماح للتطبيق ", "؟"),
        question: ("هل تسمح للتطبيق ", " باستخدام حسابك؟"),
        signed_in_as: ("سجّلت الدخول باسم ", "."),
        switch: "استخدام حساب آخر",
        allowed_before: "ما سمحت به من قبل",
        published_by: ("الناشر: ", "."),
        access_at: ("يطلب الوصول إلى ", "."),
        next: "وجهتك التالية",
        sent_to: ("تُرسَل إجابتك إلى ", "."),
        loopback: "هذا برنامج على هذا الجهاز. اسمح له فقط إذا كنت قد شغّلته بنفسك للتو.",
    },
};

/// The page for who has answered already.
pub(crate) struct AnsweredTexts {
    pub(crate) title: &'static str,
    pub(crate) sent_to: Around,
    pub(crate) what_next: &'static str,
    pub(crate) go_to: Around,
}

pub(crate) static ANSWERED: InLanguages<AnsweredTexts> = InLanguages {
    en: AnsweredTexts {
        title: "You have already answered",
        sent_to: ("Your answer went to ", "."),
        what_next: "Go on there. If it does not know you yet, start there again.",
        go_to: ("Go to ", ""),
    },
    de: AnsweredTexts {
        title: "Sie haben schon geantwortet",
        sent_to: ("Ihre Antwort ging an ", "."),
        what_next: "Machen Sie dort weiter. Falls man Sie dort noch nicht kennt, beginnen Sie dort noch einmal.",
        go_to: ("Zu ", ""),
    },
    ar: AnsweredTexts {
        title: "لقد أجبت من قبل",
        sent_to: ("أُرسلت إجابتك إلى ", "."),
        what_next: "تابع من هناك. إن لم يتعرّف عليك التطبيق بعد فابدأ منه مرة أخرى.",
        go_to: ("الانتقال إلى ", ""),
    },
};

/// What a decision is about.
pub(crate) struct Scopes {
    pub(crate) heading: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    openid: &'static str,
    profile: &'static str,
    email: &'static str,
    address: &'static str,
    phone: &'static str,
    offline_access: &'static str,
    other: Around,
}

impl Scopes {
    /// What a scope lets an application do.
    pub(crate) fn in_plain_words(&self, scope: &str) -> Cow<'static, str> {
        Cow::Borrowed(match scope {
            OPENID => self.openid,
            PROFILE => self.profile,
            EMAIL => self.email,
            ADDRESS => self.address,
            PHONE => self.phone,
            OFFLINE_ACCESS => self.offline_access,
            other => return Cow::Owned(format!("{}{other}{}", self.other.0, self.other.1)),
        })
    }
}

pub(crate) static SCOPES: InLanguages<Scopes> = InLanguages {
    en: Scopes {
        heading: "It will be able to",
        allow: "Allow",
        deny: "Deny",
        openid: "know which account is yours",
        profile: "see your name, your user ID, your access level and what else your profile says",
        email: "see your email address",
        address: "see your postal address",
        phone: "see your telephone number",
        offline_access: "stay connected while you are away",
        other: ("use “", "”"),
    },
    de: Scopes {
        heading: "Die Anwendung kann dann",
        allow: "Erlauben",
        deny: "Ablehnen",
        openid: "erkennen, welches Konto Ihres ist",
        profile: "Ihren Namen, Ihre Benutzerkennung, Ihre Zugriffsstufe und die übrigen Angaben Ihres Profils sehen",
        email: "Ihre E-Mail-Adresse sehen",
        address: "Ihre Postanschrift sehen",
        phone: "Ihre Telefonnummer sehen",
        offline_access: "verbunden bleiben, während Sie abwesend sind",
        other: ("„", "“ nutzen"),
    },
    ar: Scopes {
        heading: "سيتمكن التطبيق من",
        allow: "سماح",
        deny: "رفض",
        openid: "معرفة أي حساب هو حسابك",
        profile: "رؤية اسمك ومعرّف المستخدم ومستوى وصولك وسائر بيانات ملفك الشخصي",
        email: "رؤية عنوان بريدك الإلكتروني",
        address: "رؤية عنوانك البريدي",
        phone: "رؤية رقم هاتفك",
        offline_access: "البقاء متصلًا أثناء غيابك",
        // What stands between has a direction of its own.
        other: ("استخدام «\u{2068}", "\u{2069}»"),
    },
};
