// Package mongodoc keeps documents in MongoDB: the store for several nodes, a city with
// many of them or a province.
//
// Every write is acknowledged by a majority and journaled. What is used is small on
// purpose: single-document writes, find, $match with $group, change streams where the
// server has them. No transactions, upserts, collation, TTL or partial indexes, because
// each of these is missing or wrong in some server that speaks this protocol; and no
// $lookup. Everything can therefore be sharded by {_id: "hashed"}.
//
// Documents cross as the JSON that the store made, turned into BSON member by member:
// whole numbers become int64, other numbers double, nothing becomes an operator.
package mongodoc
