using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Storage;
using Xopc.Storage.Migrations;
using Xopc.Storage.Sqlite;

namespace Xopc.Testing.Storage;

/// <summary>A real database in a directory of its own, which goes with it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<StorageMetrics>().BuildServiceProvider();
    private readonly TimeProvider _clock;
    private readonly bool _ownsDirectory;

    private TestDatabase(TempDirectory directory, bool ownsDirectory, string name, IReadOnlyList<MigrationSeries> series, TimeProvider clock)
    {
        (Directory, _ownsDirectory, _clock) = (directory, ownsDirectory, clock);
        Settings = new SqliteSettings(name, System.IO.Path.Combine(directory.Path, $"{name}.db"), [StorageSchema.Series, .. series]);
        Database = null!;
    }

    public TempDirectory Directory { get; }

    /// <summary>The open database; a new object after <see cref="ReopenAsync"/>.</summary>
    public Database Database { get; private set; }

    public string Path => Settings.Path;

    internal SqliteSettings Settings { get; private set; }

    /// <summary>Opens <c>{name}.db</c> with the storage series and the given ones.</summary>
    public static TestDatabase Open(string name = "test", TimeProvider? clock = null, params IReadOnlyList<MigrationSeries> series) =>
        Open(settings => settings, name, clock, directory: null, series);

    /// <summary>The same on another's directory: a second process on the same file, as far as SQLite is concerned.</summary>
    public TestDatabase OpenAgain() => Open(_ => Settings, Settings.Name, _clock, Directory, []);

    /// <summary>Closes it gracefully and opens the file once more.</summary>
    public async Task ReopenAsync()
    {
        await Database.DisposeAsync();
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _services.DisposeAsync();
        if (_ownsDirectory)
        {
            Directory.Dispose();
        }
    }

    internal static TestDatabase Open(
        Func<SqliteSettings, SqliteSettings> configure, string name = "test", TimeProvider? clock = null, TempDirectory? directory = null,
        params IReadOnlyList<MigrationSeries> series)
    {
        var test = new TestDatabase(directory ?? new TempDirectory(), directory is null, name, series, clock ?? TimeProvider.System);
        test.Settings = configure(test.Settings);
        test.Start();
        return test;
    }

    private void Start() =>
        Database = SqliteDatabase.Open(Settings, _clock, NullLogger.Instance, _services.GetRequiredService<StorageMetrics>());
}
