using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Storage;
using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;

namespace Xopc.Testing.Storage;

/// <summary>A real database, in a directory of its own that goes with it unless a path is given.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StorageMetrics>().BuildServiceProvider();
    private readonly SqliteSettings _settings;
    private readonly TimeProvider _clock;
    private readonly TempDirectory? _directory;

    private TestDatabase(SqliteSettings settings, TimeProvider clock, TempDirectory? directory)
    {
        (_settings, _clock, _directory) = (settings, clock, directory);
        try
        {
            Database = OpenFile();
        }
        catch
        {
            directory?.Dispose();
            throw;
        }
    }

    /// <summary>The open database; another object after <see cref="ReopenAsync"/>.</summary>
    public Database Database { get; private set; }

    /// <summary>The file.</summary>
    public string Path => _settings.Path;

    /// <summary>Opens <c>{name}.db</c> in a new directory, with the storage series and the given ones.</summary>
    public static TestDatabase Open(string name = "test", TimeProvider? clock = null, params MigrationSeries[] series)
    {
        var directory = new TempDirectory();
        return new TestDatabase(SettingsFor(directory.File($"{name}.db"), series), clock ?? TimeProvider.System, directory);
    }

    /// <summary>Opens the file at a path, and leaves it there.</summary>
    public static TestDatabase OpenAt(string path, TimeProvider? clock = null, params MigrationSeries[] series) =>
        new(SettingsFor(path, series), clock ?? TimeProvider.System, directory: null);

    /// <summary>Closes it gracefully and opens the file once more.</summary>
    public async Task ReopenAsync()
    {
        await Database.DisposeAsync();
        Database = OpenFile();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _services.DisposeAsync();
        _directory?.Dispose();
    }

    private static SqliteSettings SettingsFor(string path, MigrationSeries[] series) =>
        new(System.IO.Path.GetFileNameWithoutExtension(path), path, [StorageSchema.Series, .. series]);

    private SqliteDatabase OpenFile() => SqliteDatabase.Open(_settings, _clock, NullLogger.Instance, _services.GetRequiredService<StorageMetrics>());
}
