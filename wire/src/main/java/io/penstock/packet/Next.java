package io.penstock.packet;

/** What the octets where a {@link Walk} stands are to be read as. */
enum Next {
  ETHERNET,
  /** As the walk's EtherType says. */
  TYPE,
  LLC,
  PPP,
  MPLS,
  /** Network service header. */
  SERVICE_HEADER,
  /** IPv4 or IPv6, as the version says. */
  IP,
  /** As the layer's IP protocol says. */
  UPPER,
  /** Nothing more that is known. */
  NOTHING
}
