//! The page for a forgotten password.

use super::{InLanguages, failure::Message};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) email: &'static str,
    pub(crate) submit: &'static str,
    /// Whether or not there is an account.
    pub(crate) sent: Message,
    /// This server sends no mail.
    pub(crate) ask: Message,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Forgot your password?",
        reason: "We send you a link with which you choose a new one.",
        email: "Email address",
        submit: "Send the link",
        sent: (
            "Look into your mail",
            "If there is an account of this address, a link is on its way to it. It is good for one hour. Look into the spam folder, too.",
        ),
        ask: (
            "Forgot your password?",
            "This server sends no mail. Ask the people who run it for a link with which you choose a new password.",
        ),
    },
    de: Texts {
        title: "Passwort vergessen?",
        reason: "Wir senden Ihnen einen Link, mit dem Sie ein neues wählen.",
        email: "E-Mail-Adresse",
        submit: "Link senden",
        sent: (
            "Sehen Sie in Ihrem Postfach nach",
            "Wenn es ein Konto mit dieser Adresse gibt, ist ein Link dorthin unterwegs. Er gilt eine Stunde. Sehen Sie auch im Spam-Ordner nach.",
        ),
        ask: (
            "Passwort vergessen?",
            "Dieser Server versendet keine E-Mails. Bitten Sie seine Betreiber um einen Link, mit dem Sie ein neues Passwort wählen.",
        ),
    },
    ar: Texts {
        title: "هل نسيت كلمة المرور؟",
        reason: "سنرسل إليك رابطًا تختار به كلمة مرور جديدة.",
        email: "عنوان البريد الإلكتروني",
        submit: "إرسال الرابط",
        sent: (
            "تفقَّد بريدك",
            "إذا كان هناك حساب بهذا العنوان، فسيصل إليه رابط بعد قليل. الرابط صالح لمدة ساعة واحدة. تفقَّد مجلد الرسائل غير المرغوب فيها أيضًا.",
        ),
        ask: (
            "هل نسيت كلمة المرور؟",
            "لا يرسل هذا الخادم رسائل بريد. اطلب من القائمين عليه رابطًا تختار به كلمة مرور جديدة.",
        ),
    },
};
