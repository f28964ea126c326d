using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xopc.Storage.Migrations;
using Xopc.Storage.Retention;
using Xopc.Storage.Sqlite;
using Xopc.Testing.Storage;

namespace Xopc.Storage.Tests;

public sealed class StorageRegistrationTests : IDisposable
{
    private static readonly MigrationSeries Notes = new("notes", []);
    private readonly TempDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_database_is_open_and_migrated_when_the_first_hosted_service_starts_and_closed_after_the_last_one_stopped()
    {
        var builder = Builder();
        builder.Services.AddSingleton<Probe>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Probe>());
        builder.AddXopcDatabase("agents", _directory.Path, Child.Numbers).AddXopcDatabase("edge", _directory.Path, Notes);
        Probe probe;
        using (var host = builder.Build())
        {
            probe = host.Services.GetRequiredService<Probe>();
            await host.StartAsync(Cancellation);
            Assert.Equal((0L, true), (probe.AtStart, File.Exists(_directory.File("edge.db"))));
            await host.StopAsync(Cancellation);
        }

        Assert.Equal(1L, probe.AtStop);
        Assert.Equal([_directory.File("agents.db"), _directory.File("edge.db")], Directory.GetFiles(_directory.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_disposed_asynchronously_closes_its_databases_too()
    {
        var host = Builder().AddXopcDatabase("agents", _directory.Path, Notes).Build();
        await host.StartAsync(Cancellation);
        await host.StopAsync(Cancellation);
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Equal([_directory.File("agents.db")], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_ends_the_start_with_a_message_for_people()
    {
        await File.WriteAllTextAsync(_directory.File("agents.db"), "not a database", Cancellation);
        using var host = Builder().AddXopcDatabase("agents", _directory.Path, Notes).Build();

        var error = await Assert.ThrowsAsync<DatabaseOpenException>(() => host.StartAsync(Cancellation));

        Assert.Contains(_directory.File("agents.db"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_says_what_the_database_says()
    {
        using var host = Builder().AddXopcDatabase("agents", _directory.Path, Notes).Build();
        var checks = host.Services.GetRequiredService<HealthCheckService>();
        var report = await checks.CheckHealthAsync(Cancellation);
        Assert.Equal(HealthStatus.Healthy, report.Entries["database:agents"].Status);
        Assert.Empty(report.Entries["database:agents"].Tags);

        var database = (SqliteDatabase)host.Services.GetRequiredKeyedService<Database>("agents");
        var turned = Waiting.HealthTurns(database, writable: false);
        await database.WriteAsync(tx => tx.Scalar("PRAGMA query_only=1"), Cancellation);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => database.WriteAsync(tx => tx.Execute("DELETE FROM inbox"), Cancellation));

        var health = await turned.Within("the database is not writable");
        var entry = await new DatabaseHealthCheck(new Saying(health)).CheckHealthAsync(new HealthCheckContext(), Cancellation);
        Assert.Equal((HealthStatus.Degraded, health.Reason), (entry.Status, entry.Description));
        Assert.Equal(health.Since, entry.Data["since"]);
    }

    [Fact]
    public async Task Commits_the_queue_and_failures_are_measured()
    {
        using var host = Builder().AddXopcDatabase("agents", _directory.Path, Notes).Build();
        var database = host.Services.GetRequiredKeyedService<Database>("agents");
        var seen = new System.Collections.Concurrent.ConcurrentBag<(string, string?)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Xopc.Storage" && ReferenceEquals(instrument.Meter.Scope, host.Services.GetRequiredService<IMeterFactory>()))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => seen.Add((instrument.Name, (string?)tags[0].Value)));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => seen.Add((instrument.Name, (string?)tags[0].Value)));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => seen.Add((instrument.Name, (string?)tags[0].Value)));
        listener.Start();

        await database.WriteAsync(tx => tx.Scalar("PRAGMA query_only=1"), Cancellation);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => database.WriteAsync(tx => tx.Execute("DELETE FROM inbox"), Cancellation));
        listener.RecordObservableInstruments();

        Assert.Superset(
            new HashSet<(string, string?)>
            {
                ("xopc.storage.group.size", "agents"), ("xopc.storage.commit.duration", "agents"), ("xopc.storage.failures", "agents"),
                ("xopc.storage.queue.length", "agents"),
            },
            seen.ToHashSet());
    }

    [Fact]
    public async Task A_deployment_may_lower_the_durability_and_a_value_out_of_range_ends_the_start()
    {
        var builder = Builder();
        builder.Configuration["Storage:Durability"] = "Relaxed";
        using (var host = builder.AddXopcDatabase("agents", _directory.Path, Notes).Build())
        {
            var database = host.Services.GetRequiredKeyedService<Database>("agents");
            Assert.Equal(1L, await database.WriteAsync(tx => tx.Scalar("PRAGMA synchronous"), Cancellation));
        }

        builder = Builder();
        builder.Configuration["Storage:InboxAge"] = "00:00:01";
        using var wrong = builder.AddXopcDatabase("edge", _directory.Path, Notes).Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => wrong.StartAsync(Cancellation));
        Assert.Contains("InboxAge", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File("edge.db")));
    }

    [Fact]
    public async Task A_service_adds_retention_of_its_own_tables_to_the_worker_of_its_database()
    {
        var builder = Builder();
        builder.AddXopcDatabase("agents", _directory.Path, Child.Numbers).AddXopcDatabase("edge", _directory.Path, Notes);
        builder.Services.AddSingleton<IRetentionRule>(new TableRetention("agents", "numbers", "n", "n", null, TimeSpan.FromDays(1)));
        using var host = builder.Build();
        var database = host.Services.GetRequiredKeyedService<Database>("agents");
        await database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (1), (@future)", ("future", long.MaxValue)), Cancellation);

        foreach (var worker in host.Services.GetServices<IHostedService>().OfType<RetentionWorker>())
        {
            await worker.RunOnceAsync(Cancellation);
        }

        Assert.Equal([long.MaxValue], await database.ReadAsync(reader => reader.Query("SELECT n FROM numbers", row => row.GetInt64(0)), Cancellation));
    }

    [Fact]
    public void The_same_name_twice_and_a_series_with_a_gap_are_mistakes_that_are_told()
    {
        var builder = Builder().AddXopcDatabase("agents", _directory.Path, Notes);

        Assert.Throws<InvalidOperationException>(() => builder.AddXopcDatabase("agents", _directory.Path, Notes));
        Assert.Throws<ArgumentException>(() => builder.AddXopcDatabase("edge", _directory.Path, new MigrationSeries("edge", [new Migration(3, "three", "")])));
    }

    private static HostApplicationBuilder Builder()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        return builder;
    }

    /// <summary>Registered before the databases, so that only creation order can have opened them.</summary>
    private sealed class Probe([FromKeyedServices("agents")] Database database) : IHostedService
    {
        public object? AtStart { get; private set; }

        public object? AtStop { get; private set; }

        public async Task StartAsync(CancellationToken cancellationToken) =>
            AtStart = await database.ReadAsync(reader => reader.Scalar("SELECT COUNT(*) FROM numbers"), cancellationToken);

        public async Task StopAsync(CancellationToken cancellationToken) =>
            AtStop = (long)await database.WriteAsync(tx => tx.Execute("INSERT INTO numbers (n) VALUES (1)"), cancellationToken);
    }

    private sealed class Saying(DatabaseHealth health) : Database
    {
        public override string Name => "saying";

        public override DatabaseHealth Health => health;

        public override Task<T> WriteAsync<T>(Func<DatabaseTransaction, T> work, Durability durability, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<T> ReadAsync<T>(Func<DatabaseReader, T> work, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
