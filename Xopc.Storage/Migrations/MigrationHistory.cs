using System.Security.Cryptography;
using System.Text;

namespace Xopc.Storage.Migrations;

/// <summary>A step that a file has taken.</summary>
internal sealed record AppliedMigration(string Series, int Version, string Sha256);

/// <summary>Compares the steps a file has taken with the steps this version knows.</summary>
internal static class MigrationHistory
{
    /// <summary>Over the text as written, line ends evened out: a checkout on Windows is no edit.</summary>
    public static string HashOf(Migration migration) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(migration.Sql.ReplaceLineEndings("\n"))));

    /// <exception cref="DatabaseOpenException">The file is from a newer version, another service, or a step was edited.</exception>
    public static void Verify(string path, IReadOnlyList<AppliedMigration> applied, IReadOnlyList<MigrationSeries> series)
    {
        foreach (var step in applied)
        {
            var known = series.FirstOrDefault(s => s.Name == step.Series)
                ?? throw new DatabaseOpenException(
                    $"The database '{path}' holds the schema '{step.Series}', which this version does not know: it belongs to another service or to a newer Xopc. Nothing was changed.");
            if (step.Version > known.Migrations.Count)
            {
                throw new DatabaseOpenException(
                    $"The database '{path}' was written by a newer Xopc (schema '{step.Series}' is at {step.Version}, this version knows {known.Migrations.Count}). Update Xopc, or restore the backup from before; nothing was changed.");
            }

            if (HashOf(known.Migrations[step.Version - 1]) != step.Sha256)
            {
                throw new DatabaseOpenException(
                    $"Step {step.Version} of the schema '{step.Series}' in '{path}' is not the one this version has: the file comes from a different build. Use that build, or restore a backup; nothing was changed.");
            }
        }
    }

    /// <summary>Versions are 1, 2, 3, …: a gap or a repetition is a mistake of the programmer.</summary>
    public static void RequireNumbered(MigrationSeries series)
    {
        for (var i = 0; i < series.Migrations.Count; i++)
        {
            if (series.Migrations[i].Version != i + 1)
            {
                throw new ArgumentException($"Migration {i + 1} of the series '{series.Name}' is numbered {series.Migrations[i].Version}.", nameof(series));
            }
        }
    }
}
