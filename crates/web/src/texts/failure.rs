//! Pages that say what went wrong.

use super::InLanguages;

/// A title and a text.
pub(crate) type Message = (&'static str, &'static str);

pub(crate) struct Texts {
    /// Precedes the name of a request in the log.
    pub(crate) reference: &'static str,
    /// Precedes what the developer of an application should know, in English.
    pub(crate) for_developers: &'static str,
    pub(crate) request: Message,
    pub(crate) unknown_application: Message,
    pub(crate) not_permitted: Message,
    pub(crate) denied: Message,
    pub(crate) expired: Message,
    pub(crate) sign_in_again: Message,
    pub(crate) too_many: Message,
    pub(crate) unavailable: Message,
    pub(crate) server: Message,
    pub(crate) needs_token: Message,
    pub(crate) not_found: Message,
    pub(crate) method: Message,
    pub(crate) too_large: Message,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        reference: "Reference:",
        for_developers: "For the developer of the application:",
        request: (
            "This did not work",
            "What was asked for is wrong, or took too long. Go back to the application and start again.",
        ),
        unknown_application: ("This did not work", "This application is not known here."),
        not_permitted: ("This did not work", "The application asked for something that it may not have."),
        denied: ("This did not work", "This is not allowed."),
        expired: ("This did not work", "This took too long. Please start again."),
        sign_in_again: ("This did not work", "You have to sign in again for this."),
        too_many: (
            "Too many attempts",
            "Too many requests came from here in a short time. Wait a little and try again.",
        ),
        unavailable: (
            "We cannot answer right now",
            "The server cannot reach its data. Nothing is lost: try again in a moment.",
        ),
        server: (
            "Something went wrong",
            "The fault is ours. If it stays, tell the people who run this server the reference below.",
        ),
        needs_token: ("This did not work", "This page needs an access token."),
        not_found: ("There is nothing here", "The address does not lead anywhere on this server."),
        method: ("This did not work", "This page cannot be used in that way."),
        too_large: ("That was too much", "What was sent is larger than this page takes."),
    },
    de: Texts {
        reference: "Kennung:",
        for_developers: "Für die Entwickler der Anwendung:",
        request: (
            "Das hat nicht geklappt",
            "Die Anfrage ist fehlerhaft oder abgelaufen. Gehen Sie zurück zur Anwendung und beginnen Sie von vorn.",
        ),
        unknown_application: ("Das hat nicht geklappt", "Diese Anwendung ist hier nicht bekannt."),
        not_permitted: ("Das hat nicht geklappt", "Die Anwendung hat etwas verlangt, das ihr nicht zusteht."),
        denied: ("Das hat nicht geklappt", "Das ist nicht erlaubt."),
        expired: ("Das hat nicht geklappt", "Das hat zu lange gedauert. Bitte beginnen Sie von vorn."),
        sign_in_again: ("Das hat nicht geklappt", "Dafür müssen Sie sich noch einmal anmelden."),
        too_many: (
            "Zu viele Versuche",
            "Von hier kamen in kurzer Zeit zu viele Anfragen. Warten Sie ein wenig und versuchen Sie es dann noch einmal.",
        ),
        unavailable: (
            "Wir können gerade nicht antworten",
            "Der Server erreicht seine Daten nicht. Es ist nichts verloren: Versuchen Sie es gleich noch einmal.",
        ),
        server: (
            "Etwas ist schiefgegangen",
            "Der Fehler liegt bei uns. Wenn er bleibt, nennen Sie den Betreibern dieses Servers die Kennung unten.",
        ),
        needs_token: ("Das hat nicht geklappt", "Diese Seite verlangt ein Zugriffstoken."),
        not_found: ("Hier ist nichts", "Diese Adresse führt auf diesem Server nirgendwohin."),
        method: ("Das hat nicht geklappt", "So lässt sich diese Seite nicht verwenden."),
        too_large: ("Das war zu viel", "Was gesendet wurde, ist größer, als diese Seite annimmt."),
    },
    ar: Texts {
        reference: "الرقم المرجعي:",
        for_developers: "لمطوّر التطبيق:",
        request: ("لم تنجح العملية", "الطلب غير صحيح أو انتهت صلاحيته. عُد إلى التطبيق وابدأ من جديد."),
        unknown_application: ("لم تنجح العملية", "هذا التطبيق غير معروف هنا."),
        not_permitted: ("لم تنجح العملية", "طلب التطبيق شيئًا غير مسموح له به."),
        denied: ("لم تنجح العملية", "هذا غير مسموح به."),
        expired: ("لم تنجح العملية", "استغرق ذلك وقتًا طويلًا. يُرجى البدء من جديد."),
        sign_in_again: ("لم تنجح العملية", "عليك تسجيل الدخول مرة أخرى لهذا الغرض."),
        too_many: ("محاولات كثيرة جدًا", "وردت من هنا طلبات كثيرة جدًا في وقت قصير. انتظر قليلًا ثم حاول مرة أخرى."),
        unavailable: ("لا يمكننا الرد الآن", "تعذّر على الخادم الوصول إلى بياناته. لم يُفقد شيء: حاول مرة أخرى بعد لحظات."),
        server: ("حدث خطأ ما", "الخطأ من جهتنا. إذا استمر، فأبلغ القائمين على هذا الخادم بالرقم المرجعي أدناه."),
        needs_token: ("لم تنجح العملية", "تتطلب هذه الصفحة رمز وصول."),
        not_found: ("لا يوجد شيء هنا", "لا يؤدي هذا العنوان إلى أي صفحة على هذا الخادم."),
        method: ("لم تنجح العملية", "لا يمكن استخدام هذه الصفحة بهذه الطريقة."),
        too_large: ("هذا أكثر من اللازم", "ما أُرسل أكبر مما تقبله هذه الصفحة."),
    },
};
