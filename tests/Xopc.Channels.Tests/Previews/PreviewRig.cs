using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Previews;
using Xopc.Channels.Tests.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Previews;

/// <summary>An answer to somebody, while it is written and when it is delivered.</summary>
internal sealed class PreviewRig : IAsyncDisposable
{
    public const string TurnId = "fake:default:1";

    public static readonly RunStarted Run = new("main:fake:default:dm:7", "run", TurnId, new DeliveryTarget("fake", "default", "dm", "7"), "55");

    public PreviewRig(PreviewMode mode = PreviewMode.Partial)
    {
        Ledger.Account.Settings = new FakeSettings("default") { Preview = mode };
        Removal = new PreviewRemoval(Ledger.Database, Ledger.Accounts, Ledger.Clock, NullLogger<PreviewRemoval>.Instance);
    }

    public LedgerRig Ledger { get; } = new();

    public PreviewRemoval Removal { get; }

    public FakeAccount Account => Ledger.Account;

    /// <summary>What the person sees now.</summary>
    public IEnumerable<string> Seen => Account.At("7");

    public Task<PreviewRow?> RowAsync() => Ledger.Database.ReadAsync(reader => PreviewTable.Find(reader, TurnId), LedgerRig.Cancelled).AsTask();

    /// <summary>The answer arrives in the ledger; nothing works on it yet.</summary>
    public async Task AnswerAsync(string text, TimeSpan? notAfter = null)
    {
        var now = Ledger.NowMs;
        var delivery = new NewDelivery(
            "reply:" + TurnId, Run.ReplyTo, text, "operator", now + (long)(notAfter ?? TimeSpan.FromHours(24)).TotalMilliseconds, TurnId: TurnId, ReplyTo: "55");
        await Ledger.Database.WriteAsync(tx => { DeliveryLedger.Add(tx, delivery, now); }, LedgerRig.Cancelled);
    }

    public Task<PreviewStep> ShowAsync(Preview preview, string text, LedgerWorker? worker = null) =>
        (worker ?? Ledger.Worker).Showing.ShowAsync(preview, text, LedgerRig.Cancelled);

    /// <summary>Shows a first text and lets the pause after it pass.</summary>
    public async Task<Preview> BeginAsync(string text = Words)
    {
        var preview = new Preview(Run);
        await ShowAsync(preview, text);
        Ledger.Clock.Advance(PreviewShowing.Every);
        return preview;
    }

    public Task<string> StateAsync() => Ledger.StateAsync("reply:" + TurnId);

    public ValueTask DisposeAsync() => Ledger.DisposeAsync();

    /// <summary>Long enough to be shown.</summary>
    public const string Words = "Once upon a time there was a gateway";
}
