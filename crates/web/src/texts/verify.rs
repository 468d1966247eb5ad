//! The page that confirms an address.

use super::{InLanguages, failure::Message};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) wrong: &'static str,
    /// For an address of somebody who has an account.
    pub(crate) confirm: &'static str,
    pub(crate) confirm_reason: &'static str,
    pub(crate) confirm_submit: &'static str,
    pub(crate) confirmed: Message,
    pub(crate) expired: Message,
    pub(crate) sign_in: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Finish your account",
        reason: "Type the password that you chose when you signed up. If that was not you, close this page: there is no account then.",
        password: "Password",
        submit: "Create account",
        wrong: "That is not the password that was chosen. If you have forgotten it, sign up again.",
        confirm: "Confirm your email address",
        confirm_reason: "With this address you sign in from now on, and applications that you allow to see it learn that it is yours.",
        confirm_submit: "Confirm",
        confirmed: ("Your email address is confirmed", "You can close this page."),
        expired: (
            "This link is not good any more",
            "It was used, a newer one was sent, or its time is over. Sign in, or sign up again.",
        ),
        sign_in: "Sign in",
    },
    de: Texts {
        title: "Konto fertigstellen",
        reason: "Geben Sie das Passwort ein, das Sie beim Anlegen gewählt haben. Wenn das nicht Sie waren, schließen Sie diese Seite: Dann entsteht kein Konto.",
        password: "Passwort",
        submit: "Konto anlegen",
        wrong: "Das ist nicht das gewählte Passwort. Wenn Sie es vergessen haben, legen Sie das Konto noch einmal an.",
        confirm: "E-Mail-Adresse bestätigen",
        confirm_reason: "Mit dieser Adresse melden Sie sich von nun an an, und Anwendungen, denen Sie sie zeigen, erfahren, dass es Ihre ist.",
        confirm_submit: "Bestätigen",
        confirmed: ("Ihre E-Mail-Adresse ist bestätigt", "Sie können diese Seite schließen."),
        expired: (
            "Dieser Link gilt nicht mehr",
            "Er wurde schon benutzt, es wurde ein neuerer gesendet, oder seine Zeit ist um. Melden Sie sich an, oder legen Sie das Konto noch einmal an.",
        ),
        sign_in: "Anmelden",
    },
    ar: Texts {
        title: "إكمال الحساب",
        reason: "أدخل كلمة المرور التي اخترتها عند إنشاء الحساب. إذا لم تكن أنت من فعل ذلك، فأغلق هذه الصفحة: لن يُنشأ أي حساب.",
        password: "كلمة المرور",
        submit: "إنشاء الحساب",
        wrong: "هذه ليست كلمة المرور التي اختيرت. إذا نسيتها، فأنشئ الحساب مرة أخرى.",
        confirm: "تأكيد عنوان البريد الإلكتروني",
        confirm_reason: "ستسجّل الدخول بهذا العنوان من الآن فصاعدًا، وستعرف التطبيقات التي تسمح لها برؤيته أنه لك.",
        confirm_submit: "تأكيد",
        confirmed: ("تم تأكيد عنوان بريدك الإلكتروني", "يمكنك إغلاق هذه الصفحة."),
        expired: (
            "لم يعد هذا الرابط صالحًا",
            "لقد استُخدم، أو أُرسل رابط أحدث منه، أو انتهت مدته. سجّل الدخول، أو أنشئ الحساب مرة أخرى.",
        ),
        sign_in: "تسجيل الدخول",
    },
};
