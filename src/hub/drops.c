/*
 * drops: names and sentences of the hub's drop reasons. Called by metrics and `show`.
 */
#include "hub/drops.h"

static const struct {
	const char *name, *help;
} reasons[HUB_DROP_N] = {{"pass", "frames that are not dropped"},
#define X(id, name, help) {name, help},
			 HUB_DROPS(X)
#undef X
};

const char *hub_drop_name(enum hub_drop why)
{
	return why < HUB_DROP_N ? reasons[why].name : "unknown";
}

const char *hub_drop_help(enum hub_drop why)
{
	return why < HUB_DROP_N ? reasons[why].help : "";
}
