package org.red5.dvr.cluster.known;

import org.red5.dvr.store.HourListing;

/** One take in one hour as far as it is known. */
public record KnownTake(HourListing.Hour entry, TakeRecords index) {}
