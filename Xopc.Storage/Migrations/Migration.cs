namespace Xopc.Storage.Migrations;

/// <summary>One forward step of a schema. Numbered from 1 without gaps within its series; never edited after it landed (its hash is kept and compared).</summary>
/// <param name="Version">Its number.</param>
/// <param name="Name">What it does, for people: <c>sessions and transcripts</c>.</param>
/// <param name="Sql">Statements, portable between SQLite and PostgreSQL.</param>
public sealed record Migration(int Version, string Name, string Sql);

/// <summary>The schema of one concern. Storage's own tables (outbox, inbox, leases, …) are the series <c>storage</c>; each service adds one of its own.</summary>
public sealed record MigrationSeries(string Name, IReadOnlyList<Migration> Migrations);
