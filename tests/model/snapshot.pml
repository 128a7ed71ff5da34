/* snapshot.pml: whose snapshot of a matter is believed (rule K8), for one matter, by a city C above a relay R.
 *
 * B opens it and offers number 2 to A; A accepts, and may then raise it to emergency: from there on in the urgent
 * lane, with a snapshot, while the three custody events still lie in the bulk lane. L is an enrolled liar that knows
 * the face: it says once that it holds the matter, with any custody, in either lane. R passes each lane on in order
 * and the lanes past each other; C reads them at any moment, and the bulk lane may stop before its end.
 *
 *   -DRULE       a snapshot is believed of the row's holder or of whom that number was offered to; else it waits
 *   -DEVIDENCE   the custody events are given again in the urgent lane before the first urgent snapshot (U1)
 *
 * Both: no error. Without RULE: L is shown as holder. With RULE alone: the emergency waits for the bulk lane. */
#define OPENED 1
#define OFFERED 2
#define ACCEPTED 3
#define SNAP 4
#define LIE 5
#define NOBODY 0
#define A 1
#define B 2
#define L 3

chan bulk = [8] of { byte, byte };   /* what R holds for C: kind, custody */
chan urgent = [8] of { byte, byte };
byte opened, offered, accepted;      /* what C knows: custody events, from either lane, each applied once */
byte holder = NOBODY, custody = 0;   /* C's row */
byte early = 0;                      /* custody of a snapshot by A that waits at C; 0: none */
bool raised, shown, lied;

inline believe(who, c) {             /* C gets a snapshot of `who` with custody c */
#ifdef RULE
  if
  :: who == holder && c == custody -> if :: who == A -> shown = 1 :: else fi
  :: else ->
     if
     :: offered && !accepted && who == A && c == 2 -> holder = A; custody = 2; accepted = 1; shown = 1
     :: else -> if :: who == A -> early = c :: else fi     /* waits: a liar's for ever */
     fi
  fi
#else
  if
  :: c >= custody -> holder = who; custody = c; if :: who == A -> shown = 1 :: else fi
  :: else
  fi
#endif
}

inline hear(k, c) {
  if
  :: k == OPENED -> if :: holder == NOBODY -> holder = B; custody = 1 :: else fi; opened = 1
  :: k == OFFERED -> if :: opened -> offered = 1 :: else fi
  :: k == ACCEPTED -> if :: offered && !accepted -> accepted = 1; if :: custody < 2 -> holder = A; custody = 2 :: else fi :: else fi
  :: k == SNAP -> believe(A, c)
  :: k == LIE -> believe(L, c)
  fi;
  if :: early && k != LIE && early == custody && holder == A -> shown = 1; early = 0
     :: early && k != LIE && offered && !accepted -> holder = A; custody = 2; accepted = 1; shown = 1; early = 0
     :: else fi;
  assert(holder != L)                /* nobody takes what he was not offered */
}

proctype honest() {
  bulk ! OPENED, 1; bulk ! OFFERED, 1; bulk ! ACCEPTED, 2;
  atomic {
    raised = 1;
#ifdef EVIDENCE
    urgent ! OPENED, 1; urgent ! OFFERED, 1; urgent ! ACCEPTED, 2;
#endif
    urgent ! SNAP, 2
  }
}

proctype liar() {
  byte c;
  if :: c = 1 :: c = 2 :: c = 3 fi;
  if :: bulk ! LIE, c :: urgent ! LIE, c fi;
  lied = 1
}

proctype city() {
  byte k, c;
  do
  :: atomic { urgent ? k, c -> hear(k, c);
       /* the urgent lane is read to its end, and nothing of the bulk lane is needed for it */
       assert(!(k == SNAP) || shown) }
  :: atomic { bulk ? k, c -> hear(k, c) }
  :: break                           /* cut off: what has come so far is what counts */
  od
}

init { atomic { run honest(); run liar(); run city() } }
