using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;

namespace Xopc.Storage.Tests.Sqlite;

/// <summary>Opens files with settings that only this project's tests need.</summary>
internal static class Files
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddMetrics().AddSingleton<StorageMetrics>().BuildServiceProvider();

    public static SqliteSettings Settings(string path, params MigrationSeries[] series) =>
        new(Path.GetFileNameWithoutExtension(path), path, [StorageSchema.Series, .. series]);

    public static SqliteDatabase Open(SqliteSettings settings) =>
        SqliteDatabase.Open(settings, TimeProvider.System, NullLogger.Instance, Services.GetRequiredService<StorageMetrics>());

    public static string HashOf(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
