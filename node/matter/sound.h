/* sound.h: whether an event says what its kind must say, whatever the matter. */
#ifndef QP_NODE_MATTER_SOUND_H
#define QP_NODE_MATTER_SOUND_H

#include "node/matter/lifecycle.h"

/* NULL when it is sound, else what is wrong. An unsound event is kept in the journal and has no effect (E5).
 */
const char *qp_event_fault(const Qp__Event *ev);
/* NULL, or why a snapshot is not believed though each of its numbers can be read: it leaves no room to count on (E7). */
const char *qp_leap_fault(const Qp__Face *f);

#endif
