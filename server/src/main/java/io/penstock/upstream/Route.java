package io.penstock.upstream;

import io.netty.channel.EventLoop;

/**
 * What requests must have in common to share connections.
 *
 * @param loop an exchange stays on the event loop of its client, and so do its connections
 */
record Route(Target target, Offer offer, EventLoop loop) {}
