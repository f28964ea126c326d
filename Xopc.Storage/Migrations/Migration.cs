namespace Xopc.Storage.Migrations;

/// <summary>One forward step of a schema. Numbered from 1 without gaps within its series; never edited after it landed (its hash is kept and compared).</summary>
/// <param name="Version">Its number.</param>
/// <param name="Name">What it does, for people: <c>sessions and transcripts</c>.</param>
/// <param name="Sql">
/// Statements, portable between SQLite and PostgreSQL. Four words stand for what the two spell differently: <c>{identity}</c> for the type of an ascending
/// primary key that is never given out twice, <c>{ascending}</c> for one that is larger than every other in the table (cheaper), <c>{bytes}</c> for a
/// binary column, <c>{clustered}</c> behind a table's columns for rows that lie in the order of their primary key, where the database can do that.
/// </param>
public sealed record Migration(int Version, string Name, string Sql);

/// <summary>The schema of one concern. Storage's own tables (outbox, inbox, leases, …) are the series <c>storage</c>; each service adds one of its own.</summary>
public sealed record MigrationSeries(string Name, IReadOnlyList<Migration> Migrations);
