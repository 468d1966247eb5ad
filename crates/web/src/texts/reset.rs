//! The page for a new password by a one-time link.

use super::{InLanguages, failure::Message};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) new: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) changed: Message,
    pub(crate) sign_in: &'static str,
    pub(crate) expired: Message,
    pub(crate) another: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Choose a new password",
        reason: "You will be signed out everywhere, and sign in with the new password.",
        new: "New password",
        submit: "Save the password",
        changed: ("Your password is changed", "You are signed out everywhere. Sign in with the new password."),
        sign_in: "Sign in",
        expired: (
            "This link is not good any more",
            "It was used, a newer one was sent, or its time is over. Ask for another one.",
        ),
        another: "Ask for a new link",
    },
    de: Texts {
        title: "Neues Passwort wählen",
        reason: "Sie werden überall abgemeldet und melden sich dann mit dem neuen Passwort an.",
        new: "Neues Passwort",
        submit: "Passwort speichern",
        changed: (
            "Ihr Passwort ist geändert",
            "Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.",
        ),
        sign_in: "Anmelden",
        expired: (
            "Dieser Link gilt nicht mehr",
            "Er wurde schon benutzt, es wurde ein neuerer gesendet, oder seine Zeit ist um. Fordern Sie einen neuen an.",
        ),
        another: "Neuen Link anfordern",
    },
    ar: Texts {
        title: "اختيار كلمة مرور جديدة",
        reason: "سيُسجَّل خروجك من كل مكان، ثم تسجّل الدخول بكلمة المرور الجديدة.",
        new: "كلمة المرور الجديدة",
        submit: "حفظ كلمة المرور",
        changed: ("تم تغيير كلمة المرور", "سُجّل خروجك من كل مكان. سجّل الدخول بكلمة المرور الجديدة."),
        sign_in: "تسجيل الدخول",
        expired: ("لم يعد هذا الرابط صالحًا", "لقد استُخدم، أو أُرسل رابط أحدث منه، أو انتهت مدته. اطلب رابطًا آخر."),
        another: "طلب رابط جديد",
    },
};
