/**
 * Headers of packets: what a sampled frame's first octets tell of its link layer, its IP packets
 * and the tunnels between them. Reads in place, allocates nothing, knows the JDK and nothing else.
 */
@NullMarked
package io.penstock.packet;

import org.jspecify.annotations.NullMarked;
