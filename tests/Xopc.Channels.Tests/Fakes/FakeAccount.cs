using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>An account on a platform without a network: what it shows people stands in <see cref="Seen"/>. A text is cut at each bar into its parts.</summary>
internal sealed class FakeAccount(AccountSettings settings) : IEditingAccount
{
    /// <summary>A text that <see cref="Render"/> throws at.</summary>
    public const string Unrenderable = "(cannot be rendered)";

    private readonly Lock _gate = new();
    private readonly List<Seen> _seen = [];
    private int _sends;

    public AccountSettings Settings { get; set; } = settings;

    /// <summary>What a send comes to; null: it is sent.</summary>
    public Func<Seen, Task<SendResult?>> Script { get; set; } = _ => Task.FromResult<SendResult?>(null);

    /// <summary>What a change of a message comes to; null: it is changed.</summary>
    public Func<Seen, Task<SendResult?>> EditScript { get; set; } = _ => Task.FromResult<SendResult?>(null);

    /// <summary>Whether messages can be taken away.</summary>
    public bool Deletes { get; set; } = true;

    /// <summary>Where a text is cut.</summary>
    public char Bar { get; set; } = '|';

    public bool ShowsRepetitions { get; set; } = true;

    /// <summary>What it does while it is to receive.</summary>
    public Func<CancellationToken, Task> Receive { get; set; } = stopping => Task.Delay(Timeout.Infinite, stopping);

    public int Disposed { get; private set; }

    /// <summary>How often anything was handed over.</summary>
    public int Sends => Volatile.Read(ref _sends);

    public IReadOnlyList<Seen> Book
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>What one peer sees, from the first.</summary>
    public IEnumerable<string> At(string peer) => Book.Where(seen => seen.PeerId == peer && !seen.Gone).Select(seen => seen.ToString());

    /// <summary>People see it, whatever the script answers.</summary>
    public string Show(Seen seen)
    {
        lock (_gate)
        {
            _seen.Add(seen);
            return $"m{_seen.Count}";
        }
    }

    /// <summary>A message reads otherwise from now on, whatever the script answers.</summary>
    public void Change(string messageId, Func<Seen, Seen> change)
    {
        lock (_gate)
        {
            var at = int.Parse(messageId.AsSpan(1)) - 1;
            _seen[at] = change(_seen[at]);
        }
    }

    /// <summary>All but the bar, behind which a text has its next part.</summary>
    public DeliveryPart? RenderPreview(string text) => Render(text)[0] is FakePart { Text.Length: > 0 } first ? new FakePart(1, first.Text + "…") : null;

    public async Task<SendResult> EditAsync(DeliveryTarget target, string messageId, DeliveryPart part, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sends);
        var seen = new Seen(target.PeerId, ((FakePart)part).Text, Labelled: false);
        if (await EditScript(seen) is { } result)
        {
            return result;
        }

        Change(messageId, before => seen with { Changes = before.Changes + 1 });
        return new SendResult.Sent(messageId);
    }

    public Task<bool> DeleteAsync(DeliveryTarget target, string messageId, CancellationToken cancellationToken)
    {
        if (Deletes)
        {
            Change(messageId, before => before with { Gone = true });
        }

        return Task.FromResult(Deletes);
    }

    public IReadOnlyList<DeliveryPart> Render(string text) =>
        text == Unrenderable ? throw new InvalidOperationException("A fault of the renderer.") : [.. text.Split(Bar).Select((part, i) => new FakePart(i + 1, part))];

    public string Keep(IReadOnlyList<DeliveryPart> parts) => string.Join('\n', parts.Select(part => ((FakePart)part).Text));

    public IReadOnlyList<DeliveryPart> Restore(string kept) => [.. kept.Split('\n').Select((part, i) => new FakePart(i + 1, part))];

    public async Task<SendResult> SendAsync(DeliveryTarget target, DeliveryPart part, SendOptions options, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sends);
        var seen = new Seen(target.PeerId, ((FakePart)part).Text, options.Labelled);
        return await Script(seen) is { } result ? result : new SendResult.Sent(Show(seen));
    }

    public DeliveryTarget? Address(string peerId, string? peerKind, string? threadId) =>
        peerId.All(c => char.IsAsciiDigit(c) || c == '-') ? new DeliveryTarget(Settings.Channel, Settings.AccountId, peerId[0] == '-' ? "group" : "dm", peerId, threadId) : null;

    public Task ReceiveAsync(KeyLease ownership, IAccountReport report, CancellationToken stopping) => Receive(stopping);

    public Task<AccountIdentity> ProbeAsync(CancellationToken cancellationToken) => Task.FromResult(new AccountIdentity("1", "fake_bot", "Fake"));

    /// <summary>Whom it was shown to that an answer is being written, each time.</summary>
    public List<string> Typings { get; } = [];

    public Task ShowTypingAsync(DeliveryTarget target, CancellationToken cancellationToken)
    {
        Typings.Add(target.PeerId);
        return Task.CompletedTask;
    }

    public Task FetchAsync(InboundMedia media, Stream destination, CancellationToken cancellationToken) => throw new AccountException(AccountFailure.Refused, "There is no such file.");

    public ValueTask DisposeAsync()
    {
        Disposed++;
        return ValueTask.CompletedTask;
    }
}

/// <summary>A message as a person sees it.</summary>
internal sealed record Seen(string PeerId, string Text, bool Labelled)
{
    /// <summary>How often it was changed.</summary>
    public int Changes { get; init; }

    /// <summary>It was taken away.</summary>
    public bool Gone { get; init; }

    public override string ToString() => Labelled ? $"(again?) {Text}" : Text;
}

internal sealed record FakePart(int No, string Text) : DeliveryPart(No);

internal sealed record FakeSettings(string AccountId) : AccountSettings("fake", AccountId, $"fake:{AccountId}");
