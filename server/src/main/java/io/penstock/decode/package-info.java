/**
 * Turns wire messages into events. The only package that speaks both vocabularies: Information
 * Elements as RFC 7011 and IANA name them, and events in ECS terms. A field that has a place of its
 * own in an event is moved there; every other field goes into the event's extra members under its
 * registered name, so nothing an exporter sent is dropped.
 */
@NullMarked
package io.penstock.decode;

import org.jspecify.annotations.NullMarked;
