package io.penstock.stub;

import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What answers are made from besides the request.
 *
 * @param random for any number of threads
 * @param metrics the text of the server's metrics, for templates that show them
 */
record Surroundings(
    InstantSource clock, RandomGenerator random, StubState state, Supplier<String> metrics) {}
