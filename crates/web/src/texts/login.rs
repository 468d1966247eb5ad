//! The sign-in page.

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) title_for: Around,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) forgot: &'static str,
    pub(crate) no_account: &'static str,
    pub(crate) sign_up: &'static str,
    pub(crate) wrong: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Sign in",
        title_for: ("Sign in to continue to ", ""),
        email: "Email address",
        password: "Password",
        submit: "Sign in",
        forgot: "Forgot your password?",
        no_account: "No account yet?",
        sign_up: "Create one",
        wrong: "The email address or the password is wrong.",
    },
    de: Texts {
        title: "Anmelden",
        title_for: ("Melden Sie sich an, um mit ", " fortzufahren"),
        email: "E-Mail-Adresse",
        password: "Passwort",
        submit: "Anmelden",
        forgot: "Passwort vergessen?",
        no_account: "Noch kein Konto?",
        sign_up: "Konto anlegen",
        wrong: "Die E-Mail-Adresse oder das Passwort ist falsch.",
    },
    ar: Texts {
        title: "تسجيل الدخول",
        title_for: ("سجّل الدخول للمتابعة إلى ", ""),
        email: "عنوان البريد الإلكتروني",
        password: "كلمة المرور",
        submit: "تسجيل الدخول",
        forgot: "هل نسيت كلمة المرور؟",
        no_account: "ليس لديك حساب بعد؟",
        sign_up: "أنشئ حسابًا",
        wrong: "عنوان البريد الإلكتروني أو كلمة المرور غير صحيحة.",
    },
};
