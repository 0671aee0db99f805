/*
 * vlan: tags between an Ethernet header's addresses and its type: IEEE 802.1Q (C-tag),
 * 802.1ad (S-tag) and the 0x9100 that older switches use for the outer one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VLAN_TAG      4 /* octets: the tag's type and its control information */
#define VLAN_TYPE     0x8100
#define VLAN_TYPE_S   0x88a8
#define VLAN_TYPE_OLD 0x9100
#define VLAN_ID_MASK  0x0fff /* of the control information; 0 is "priority only" */
#define VLAN_ID_MAX   4095

static inline bool vlan_is_tag(uint16_t type)
{
	return type == VLAN_TYPE || type == VLAN_TYPE_S || type == VLAN_TYPE_OLD;
}
