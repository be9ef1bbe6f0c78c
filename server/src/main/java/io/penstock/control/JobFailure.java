package io.penstock.control;

/** Why a job could not do what was asked: nothing that is wrong with us, in words for the asker. */
public final class JobFailure extends Exception {

  public JobFailure(String message) {
    super(message);
  }
}
