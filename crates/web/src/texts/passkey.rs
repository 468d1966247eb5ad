//! The form for a passkey, on the pages for signing in.

use super::InLanguages;

pub(crate) struct Texts {
    pub(crate) sign_in: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) needed: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        sign_in: "Sign in with a passkey",
        failed: "That did not work. Try again, or sign in another way.",
        refused: "This passkey is not right here, or that took too long. Try again, or sign in another way.",
        needed: "This application asks for your passkey.",
    },
    de: Texts {
        sign_in: "Mit einem Passkey anmelden",
        failed: "Das hat nicht geklappt. Versuchen Sie es noch einmal oder melden Sie sich auf andere Weise an.",
        refused: "Dieser Passkey ist hier nicht der richtige, oder es hat zu lange gedauert. Versuchen Sie es noch einmal oder melden Sie sich auf andere Weise an.",
        needed: "Diese Anwendung verlangt Ihren Passkey.",
    },
    ar: Texts {
        sign_in: "تسجيل الدخول بمفتاح مرور",
        failed: "لم ينجح ذلك. حاول مرة أخرى، أو سجّل الدخول بطريقة أخرى.",
        refused: "مفتاح المرور هذا غير صحيح هنا، أو استغرق الأمر وقتًا طويلًا. حاول مرة أخرى، أو سجّل الدخول بطريقة أخرى.",
        needed: "يطلب هذا التطبيق مفتاح المرور الخاص بك.",
    },
};
