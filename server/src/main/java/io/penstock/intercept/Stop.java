package io.penstock.intercept;

/** An event for every connection of a client: what has nothing under way is to end. */
enum Stop {
  NOW
}
