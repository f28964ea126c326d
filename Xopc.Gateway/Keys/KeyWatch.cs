using System.Threading.Channels;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Gateway.Keys;

/// <summary>
/// Keeps <see cref="LiveKeys"/> true. It looks four times a second, which finds what another process wrote and what expired; a revocation in another edge
/// is told over <c>control</c> besides, and one in this process is applied before its request is answered.
/// </summary>
internal sealed partial class KeyWatch : DrainWorker
{
    /// <summary>A quarter of the second within which a revoked key's streams are closed.</summary>
    internal static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    internal static readonly TimeSpan NoteUsesEvery = TimeSpan.FromMinutes(1);

    private readonly LiveKeys _live;
    private readonly ApiKeyStore _store;
    private readonly ILogger<KeyWatch> _logger;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IDisposable _control;
    private ITimer? _timer;
    private long _version = -1;
    private long _notedAt;

    public KeyWatch(LiveKeys live, ApiKeyStore store, IControlBroadcast control, TimeProvider clock, ILogger<KeyWatch> logger) : base(clock, logger)
    {
        (_live, _store, _logger, _notedAt) = (live, store, logger, clock.GetTimestamp());
        _control = control.Attach(Hear);
    }

    public override string Name => "keys";

    /// <summary>Before the listener opens: the first request finds the keys known.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken);
        }
        catch (DatabaseUnavailableException ex)
        {
            LogNotKnown(ex.Message);
        }

        _timer = Clock.CreateTimer(_ => _wake.Writer.TryWrite(true), null, LookEvery, LookEvery);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Takes over what the database says now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var (version, good, damaged) = await _store.ReadChangesAsync(_version, cancellationToken);
            if (good is not null)
            {
                _live.Replace(good);
                _version = version;
                if (damaged > 0)
                {
                    LogDamaged(damaged);
                }
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public override async Task<bool> DrainOnceAsync(CancellationToken cancellationToken)
    {
        _live.EndExpired();
        await RefreshAsync(cancellationToken);
        if (Clock.GetElapsedTime(_notedAt) >= NoteUsesEvery)
        {
            _notedAt = Clock.GetTimestamp();
            await NoteUsesAsync(cancellationToken);
        }

        return false;
    }

    public override void Dispose()
    {
        _control.Dispose();
        _timer?.Dispose();
        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task WaitForWorkAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    protected override Task FinishAsync(CancellationToken cancellationToken) => NoteUsesAsync(cancellationToken);

    private async Task NoteUsesAsync(CancellationToken cancellationToken)
    {
        if (_live.TakeUses() is { Count: > 0 } uses)
        {
            await _store.TouchAsync(uses, cancellationToken);
        }
    }

    private void Hear(ControlMessage message)
    {
        if (message.Kind == ControlKinds.Revoke)
        {
            _live.End(message.Subject);
            _wake.Writer.TryWrite(true);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} rows of API keys in edge.db are damaged. None of them is accepted; create those keys anew.")]
    private partial void LogDamaged(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The API keys cannot be read yet, so none of them is accepted: {Reason}")]
    private partial void LogNotKnown(string reason);
}
