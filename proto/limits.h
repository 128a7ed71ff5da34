/* limits.h: every bound on what travels and what is kept, in one place. Checked when a message is made and
 * when it is read. */
#ifndef QP_PROTO_LIMITS_H
#define QP_PROTO_LIMITS_H

enum {
    QP_ID_LEN = 16,              /* tree, node and matter ids */
    QP_EVENT_ID_LEN = 28,        /* origin 16, incarnation 4, counter 8, big endian */
    QP_REQUEST_LEN = 16,         /* the head of a request's hash: one idempotency key goes with one of them */
    QP_SALT_LEN = 16,            /* of a node's id */
    QP_PARCEL_BYTES = 64 * 1024, /* a parcel's whole wire size */
    QP_PARCEL_EVENTS = 1024,
    QP_HEADER_BYTES = 512,
    QP_EVENT_BYTES = 48 * 1024,
    QP_FRAME_BYTES = 128 * 1024, /* ZMQ_MAXMSGSIZE */
    QP_CHAIN_CERTIFICATES = 8,   /* = QP_PATH_DEPTH */
    QP_CERTIFICATE_BYTES = 2048,
    QP_HEADS = 512,   /* closing heads in one event or frame */
    QP_MEMBERS = 256, /* nodes that ever held one matter */
    QP_CLOCKS = 5,    /* of a matter: one a stage */
    QP_PAUSES = 32,   /* of one clock */
    /* What of an extension's reasons stands with its clock; the history has all of it. */
    QP_EXTENSION_BYTES = 512,
    QP_APPEALS = 2, /* of one matter, in its face: the last about its visit and about its extensions (ST3) */
    QP_ATTACHMENTS = 16,      /* files of one matter, and of one event */
    QP_ATTACHMENT_TYPE = 128, /* of a file: its media type */
    QP_PARTS = 16,            /* of one matter, in its face: open ones, and the last that ended (ST4) */
    QP_URGERS = 8,            /* whose urges stand beside one matter */
    QP_BESIDES = QP_CLOCKS + QP_PARTS + QP_URGERS + QP_APPEALS,
    QP_PART_BYTES = 256,   /* what of a part's note stands in the face; the history has all of it */
    QP_VOUCHED = 128,      /* parcels in one piece of evidence */
    QP_NAME_BYTES = 64,    /* category, source, desk, person, token and user names: 1..64 bytes of UTF-8 */
    QP_REF_BYTES = 128,    /* source_ref, idempotency key, duplicate_of */
    QP_DUTIES = 64,        /* of one desk */
    QP_SPAN_MOST = 8,      /* areas, and categories, that an account or token is narrowed to */
    QP_DESK_MEMBERS = 200, /* people of one desk: with the duties they fit into an event */
    QP_TITLE_BYTES = 512,
    QP_TEXT_BYTES = 16 * 1024, /* text, and 4 KiB for notes */
    QP_NOTE_BYTES = 4 * 1024,
    QP_PLACE_BYTES = 512,
    QP_RESULT_BYTES = 128,
    QP_PATH_BYTES = 264,             /* QP_PATH_MAX */
    QP_ENDPOINT_BYTES = 256,         /* tcp://host:port */
    QP_BY_BYTES = 6 + QP_NAME_BYTES, /* "token:NAME", "user:NAME" */
    QP_CIRCLE = 64,                  /* matters that point at each other in a circle: so far is followed */
    QP_REASON_BYTES = 400,           /* of a refusal: as long as an error's sentence */
    QP_POLICY_BYTES = 512 * 1024,    /* a policy's canonical JSON, and each file of its folder */
    QP_POLICY_PART = 40 * 1024,      /* of it in one event */
    QP_POLICY_PARTS = 13,            /* QP_POLICY_BYTES / QP_POLICY_PART, rounded up */
    QP_POLICY_VERSION = 32,          /* bytes of a version text that somebody says */
    QP_POLICY_VERSIONS = 264,        /* of a tightened one: "2026-1+county-3", as deep as a path */
    QP_POLICY_RULE = 160,            /* of what a clock says it rests on */
    QP_VERDICT_BYTES = 1024,         /* a signed refusal */
    QP_GONE = 1024,                  /* nodes below that are not heard, in one beat */
    QP_POSITIONS = 8,                /* lanes in one greeting or ack */
    QP_CLOCK_AHEAD_US = 300000000, /* an event's time that is further ahead when it comes is shown as such */
    QP_CLOCKS_APART_US = 60000000, /* two clocks that differ by more are told as apart */
    QP_BEHIND_US = 300000000,      /* a certificate holds from 5 min before it is made: clocks differ */
    QP_CIRCULAR_BYTES = 1024 * 1024, /* a circular's body */
    QP_CIRCULAR_PART = 40 * 1024,    /* of it in one event */
    QP_CIRCULAR_PARTS = 26,          /* QP_CIRCULAR_BYTES / QP_CIRCULAR_PART, rounded up */
    QP_CIRCULAR_KEYS = 500,          /* of one kind in a circular: areas, desks, sources, categories */
    QP_CIRCULAR_ROWS = 4096,         /* all of them, with room for further kinds */
    QP_CIRCULAR_BELOW = 1024,        /* nodes directly below */
    QP_CIRCULAR_FINDINGS = 1024,
    QP_CIRCULAR_NUMBERS = 512, /* bytes of the figures of one key and period */
    QP_CIRCULAR_WORDS = 16,    /* that those above said of one and that are kept */
    QP_WARNING_NOTES = 32,     /* that are kept of one warning */
    QP_VISIT_TRIES = 2,        /* of a visit that reaches nobody: then it counts as unreached (ST2) */
    QP_LEAD_SHOWN = 200, /* matters of a lead that are told; who is narrowed sees none that has more (DE2) */
    QP_LEAD_WORDS = 32,  /* that are kept of one lead as a whole */
    QP_LEAD_MOVES = 16,  /* of one matter, by people */
    QP_LEAD_COMPARED = 32, /* matters in one LeadsCompared */
    QP_FACTORS_BYTES = 4 * (7 + 53 + 4),
    QP_LINE_MEMBERS = 64,    /* of one line */
    QP_LINE_TEXT = 4 * 1024, /* of one message */
    QP_LINE_BODY = 8 * 1024, /* a message, packed */
    QP_LINE_SEALED = 24 + 16 + QP_LINE_BODY,
    QP_LINE_KEY = 8,             /* names a line key */
    QP_LINE_BOX = 32 + 48,       /* a message's key, sealed */
    QP_LINE_MARKS = 64,          /* of one tick: one for each node */
    QP_WHISPER_NAME = 40,        /* of a call, of a page */
    QP_WHISPER_DATA = 16 * 1024, /* what two browsers tell each other, in one whisper */
    QP_WHISPER_BODY = 17 * 1024, /* a whisper, packed */
    QP_WHISPER_SEALED = 24 + 16 + QP_WHISPER_BODY,
    QP_WHISPER_OLD_US = 60000000, /* one that is older when it comes is not heard */
    QP_PERSONAL_SALT = 32,
    QP_PERSONAL_NAME = 256, /* of a record of a person */
    QP_PERSONAL_PHONE = 64,
    QP_PERSONAL_ADDRESS = 1024,
    QP_PERSONAL_EMAIL = 256,
    QP_RECORD_BYTES = 16 * 1024 + 40,  /* of one, locked: QP_LOCKED_MOST of the vault */
    QP_CARRIED_BYTES = 48 * 1024,      /* the body of a message that is carried */
    QP_FILE_PIECE = 32 * 1024,         /* of a file or a parcel, in one of these */
    QP_PURPOSE_BYTES = 512,            /* why somebody reads one */
    QP_AUDIT_ON = 300,                 /* of what an entry of the audit trail is */
    QP_GRID_BOUNDARY = 40 * 1024,      /* of one grid: QP_GEO_GRID_POINTS as differences */
    QP_GRID_PEOPLE = 200,              /* deputies, and volunteers, of one grid */
    QP_GRID_UNITS = 500,               /* of one grid: with all else they fit into an event */
    QP_PATROL_PARTIES = 16,            /* who goes along on one patrol */
    QP_PATROL_NOTE = 1024,             /* of one finding */
    QP_PATROL_FINDINGS = 48,           /* that are kept of one patrol */
    QP_PATROL_MARKS_KEPT = 2000,       /* of one patrol while it goes on */
    QP_UNIT_BYTES = 128,               /* each text of a unit */
    QP_DECODE_ARENA = 4 * 1024 * 1024, /* a decoded message may take this much and no more */
};

#define QP_TAG_CERTIFICATE "qipan certificate"
#define QP_TAG_NODE        "qipan node"
#define QP_TAG_PARCEL      "qipan parcel"
#define QP_TAG_GREETING    "qipan greeting"
#define QP_TAG_RECEIPT     "qipan receipt"
#define QP_TAG_JOIN        "qipan join"
#define QP_TAG_ACK         "qipan ack"
#define QP_TAG_REFUSAL     "qipan refusal"
#define QP_TAG_CARRY       "qipan carry"
#define QP_TAG_RENEW       "qipan renew"

enum qp_scope { QP_SCOPE_HORIZON = 1, QP_SCOPE_NODE = 2, QP_SCOPE_SUBTREE = 3 };
/* Three independent orders on every link. What goes first when several wait: qp_lane_by_turn (proto/parcel.h):
 * emergencies and who belongs to the tree, then what people say to each other, then all else (U3). */
enum qp_lane { QP_LANE_URGENT = 1, QP_LANE_BULK = 2, QP_LANE_LINE = 3, QP_LANES = 3 };
enum qp_kind { QP_KIND_ESCALATE = 1, QP_KIND_DISPATCH = 2, QP_KIND_TRANSFER = 3, QP_KIND_RETURN = 4 };
enum qp_urgency { QP_ROUTINE = 1, QP_URGENT = 2, QP_EMERGENCY = 3 };
/* Their words, wherever they are read or written. */
#define QP_URGENCY_WORDS                                                                                     \
    {                                                                                                        \
        [QP_ROUTINE] = "routine", [QP_URGENT] = "urgent", [QP_EMERGENCY] = "emergency"                       \
    }
enum qp_state {
    QP_OPEN = 1,
    QP_SORTED = 2,
    QP_ASSIGNED = 3,
    QP_HANDLED = 4,
    QP_VISITED = 5,
    QP_CLOSED = 6,
    QP_HUNG = 7,
    QP_MERGED = 8
};

/* Of the record of who reported (Face.personal_state): it only rises. */
enum qp_personal_state { QP_PERSONAL_NONE = 0, QP_PERSONAL_KEPT = 1, QP_PERSONAL_ERASED = 2 };

/* A warning's state: as found by its node (watch to withdrawn), or as people left it. */
enum qp_warning_state {
    QP_WARNING_WATCH = 1,
    QP_WARNING_RAISED = 2,
    QP_WARNING_ENDED = 3,
    QP_WARNING_WITHDRAWN = 4, /* what came later shows that there was none */
    QP_WARNING_DISMISSED = 5,
};
#define QP_WARNING_WORDS                                                                                     \
    {                                                                                                        \
        [QP_WARNING_WATCH] = "watch", [QP_WARNING_RAISED] = "raised", [QP_WARNING_ENDED] = "ended",          \
        [QP_WARNING_WITHDRAWN] = "withdrawn", [QP_WARNING_DISMISSED] = "dismissed"                           \
    }
/* Who a line's member is: everybody at the node who works on the matter, or one of these. */
enum qp_line_kind { QP_LINE_NODE = 1, QP_LINE_NAME = 2, QP_LINE_GRID = 3, QP_LINE_DESK = 4 };
/* What a LineSaid holds: a message, or the line's title. */
enum qp_line_word { QP_LINE_MESSAGE = 1, QP_LINE_TITLE = 2 };
/* What is whispered on a line (LI7): somebody types, or two browsers make a call. Only of typing the newest is enough. */
enum qp_whisper_word {
    QP_WHISPER_TYPING = 1,
    QP_WHISPER_OFFER = 2, /* a call: the caller's page to all of the line */
    QP_WHISPER_RING = 3,  /* a page there rings */
    QP_WHISPER_ANSWER = 4,
    QP_WHISPER_CANDIDATE = 5,
    QP_WHISPER_REFUSE = 6,
    QP_WHISPER_BUSY = 7,
    QP_WHISPER_HANGUP = 8,
};
#define QP_WHISPER_WORDS                                                                                     \
    {                                                                                                        \
        [QP_WHISPER_TYPING] = "typing", [QP_WHISPER_OFFER] = "offer", [QP_WHISPER_RING] = "ring",            \
        [QP_WHISPER_ANSWER] = "answer", [QP_WHISPER_CANDIDATE] = "candidate",                                \
        [QP_WHISPER_REFUSE] = "refuse", [QP_WHISPER_BUSY] = "busy", [QP_WHISPER_HANGUP] = "hangup"           \
    }
/* Of a carried message (Carry.whisper). */
enum qp_whisper_class { QP_WHISPER_NONE = 0, QP_WHISPER_NEWEST = 1, QP_WHISPER_EACH = 2 };
/* Circulars (CI2, CI4, CI5). */
enum qp_circular_period { QP_PERIOD_DAY = 1, QP_PERIOD_WEEK = 2, QP_PERIOD_MONTH = 3 };
#define QP_PERIOD_WORDS                                                                                      \
    {                                                                                                        \
        [QP_PERIOD_DAY] = "day", [QP_PERIOD_WEEK] = "week", [QP_PERIOD_MONTH] = "month"                      \
    }
/* The first moment of 1900: no time lies before it. */
#define QP_TIME_FIRST_US (-2208988800 * INT64_C(1000000))

enum qp_circular_verb { QP_CIRCULAR_ACCEPT = 1, QP_CIRCULAR_RETURN = 2 };

enum qp_warning_verb { QP_WARNING_NOTE = 1, QP_WARNING_DISMISS = 2, QP_WARNING_MATTER = 3 };
/* Of a lead as a whole: confirm, dismiss, matter; of one of its matters: join, split, decline. Undo: the last of either. */
enum qp_lead_verb {
    QP_LEAD_CONFIRM = 1,
    QP_LEAD_DISMISS = 2,
    QP_LEAD_MATTER = 3,
    QP_LEAD_JOIN = 4,
    QP_LEAD_SPLIT = 5,
    QP_LEAD_DECLINE = 6,
    QP_LEAD_UNDO = 7,
    QP_LEAD_FOLLOWED = 8, /* nobody says it: what people below made of a matter has been looked at (CU8) */
};

#endif
