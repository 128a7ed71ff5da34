"""planted_policy.py: the bugs of policies and how they are weighed against each other (PO1), for planted.py: (file, [(what it means, old text, new text)])."""

POLICY = [
    ('node/core/policy.c', [
        ('a policy of a node below holds above it (PO1)', 'if (!mine && !qp_tree_above(c->tree, ev->origin.data))', 'if (0)'),
        ('what is said takes effect at the next start alone', '    if (!w->c->policy_stale)\n', '    if (1)\n'),
        ('a version text may be used twice (PO1)', 'if (qp_policy_used(w->t->tables, c->store, p.version, &use))', 'if (0 && qp_policy_used(w->t->tables, c->store, p.version, &use))'),
        ('the same request again is another policy', 'if (d->key && d->key[0] != 0 && strcmp(d->key, key) == 0 &&', 'if (0 && d->key && strcmp(d->key, key) == 0 &&'),
        ('what was weighed against another one is taken', 'if (!qp_hash_eq(&l.stamp, &cmd->stamp))', 'if (0)'),
        ('a policy is not said to the horizon: a leaf that burns loses its own', '    if (qp_tree_parent(c->tree))\n        rc = qp_say_to', '    if (0)\n        rc = qp_say_to'),
        ('nobody above hears what holds', '    if (!c->policy_untold || c->recovering', '    if (1 || c->recovering')]),
    ('node/core/weigh.c', [
        ('the nearest ancestor alone counts (PO1)', '*out = qp_policy_tighten(above, p, i + 1 == n ? last : NULL);', '*out = qp_policy_tighten(p, p, NULL);')]),
]
