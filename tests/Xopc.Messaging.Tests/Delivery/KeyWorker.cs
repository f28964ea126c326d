using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;
using Xopc.Storage;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>A consumer as a service has it: takes a key, works its rows in order, gives the key back.</summary>
internal sealed class KeyWorker(Database database, Ring ring, Collector<string> worked, ILogger<KeyWorker> logger) : DrainWorker(TimeProvider.System, logger)
{
    private readonly string _owner = $"worker-{Guid.NewGuid():N}";

    public override string Name => "test worker";

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        var keys = await database.ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Turns, NowMs(), 16), cancellationToken);
        var any = false;
        foreach (var key in keys)
        {
            var lease = await database.WriteAsync(
                tx => KeyLeases.TryTake(tx, key, _owner, NowMs(), TimeSpan.FromMinutes(1)), Durability.Relaxed, cancellationToken);
            if (lease is not null)
            {
                any |= await WorkAsync(lease, cancellationToken);
            }
        }

        return any;
    }

    public static void Work(DatabaseTransaction transaction, KeyLease lease, InboxRow row)
    {
        transaction.Execute("INSERT INTO worked (id, message_key) VALUES (@id, @key)", ("@id", row.Id), ("@key", row.Key));
        Inbox.Complete(transaction, lease, row.Id, NowMs());
    }

    protected override Task WaitForWorkAsync(CancellationToken cancellationToken) =>
        ring.WaitAsync(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken);

    private async Task<bool> WorkAsync(KeyLease lease, CancellationToken cancellationToken)
    {
        var any = false;
        try
        {
            while (await database.WriteAsync(tx => Inbox.ClaimNext(tx, lease), Durability.Relaxed, cancellationToken) is { } row)
            {
                await database.WriteAsync(tx => Work(tx, lease, row), Durability.Relaxed, cancellationToken);
                worked.Add(row.Id);
                any = true;
            }
        }
        finally
        {
            // Also at a stop: who comes next need not wait the lease out.
            await database.WriteAsync(tx => KeyLeases.Release(tx, lease), Durability.Relaxed, CancellationToken.None);
        }

        return any;
    }

    private static long NowMs() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
