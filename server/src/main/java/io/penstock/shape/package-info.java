/**
 * Events as documents of the schemas that destinations know: our own, ECS, OCSF, Splunk's CIM and
 * goflow2's protobuf; with a selection of their members. Knows events and nothing of where the
 * documents go.
 */
@NullMarked
package io.penstock.shape;

import org.jspecify.annotations.NullMarked;
