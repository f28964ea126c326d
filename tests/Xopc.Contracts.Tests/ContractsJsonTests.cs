using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FsCheck.Xunit;
using Xopc.Contracts.Messages;

namespace Xopc.Contracts.Tests;

public sealed class ContractsJsonTests
{
    [Fact]
    public void A_turn_survives_the_wire()
    {
        var turn = new TurnRequested("main:telegram:default:dm:1", "Zeile 1\nZeile 2 \0 ‮ 😀", new DeliveryTarget("telegram", "default", "dm", "1", "7"), "a/b", "high", ["ab", "cd"]);

        var read = RoundTrip(turn, ContractsJson.Default.TurnRequested);

        Assert.Equal(turn with { BlobIds = null }, read with { BlobIds = null });
        Assert.Equal(turn.BlobIds, read.BlobIds);
    }

    [Fact]
    public void A_delivery_a_post_an_occurrence_and_an_order_survive_the_wire()
    {
        var delivery = new DeliveryRequested(new DeliveryTarget("weixin", "a", "group", "-5"), "hi", DateTimeOffset.UnixEpoch.AddDays(1), "s", "t", InSession: true);
        var occurrence = new OccurrenceReported("job@1", "timed-out", "too slow");
        var order = new ControlMessage(ControlKinds.Steer, "run-1", "left");
        var post = new PostRequested("main:webchat:default:direct:x", "hi", "d1");

        Assert.Equal(post, RoundTrip(post, ContractsJson.Default.PostRequested));
        Assert.Equal(delivery, RoundTrip(delivery, ContractsJson.Default.DeliveryRequested));
        Assert.Equal(occurrence, RoundTrip(occurrence, ContractsJson.Default.OccurrenceReported));
        Assert.Equal(order, RoundTrip(order, ContractsJson.Default.ControlMessage));
    }

    [Fact]
    public void A_principal_survives_the_wire_with_its_scope_in_the_words_of_the_specification()
    {
        var principal = new Principal("key:7", OperatorScope.Write, ["main"], []);

        var json = JsonSerializer.Serialize(principal, ContractsJson.Default.Principal);
        var read = JsonSerializer.Deserialize(json, ContractsJson.Default.Principal)!;

        Assert.Contains("\"operator.write\"", json, StringComparison.Ordinal);
        Assert.Equal((principal.Id, principal.Scope), (read.Id, read.Scope));
        Assert.Equal(principal.Agents, read.Agents);
        Assert.Empty(read.Sessions!);
        Assert.Null(RoundTrip(Principal.Operator, ContractsJson.Default.Principal).Agents);
    }

    [Fact]
    public void Names_are_camel_case_and_nulls_are_left_out()
    {
        Assert.Equal("""{"kind":"abort","subject":"r1"}""", JsonSerializer.Serialize(new ControlMessage("abort", "r1"), ContractsJson.Default.ControlMessage));
    }

    [Fact]
    public void A_member_of_a_later_version_is_ignored()
    {
        var read = JsonSerializer.Deserialize("""{"kind":"abort","subject":"r1","later":{"a":[1]}}""", ContractsJson.Default.ControlMessage);

        Assert.Equal(new ControlMessage("abort", "r1"), read);
    }

    [Property(MaxTest = 200)]
    public bool Any_well_formed_text_survives_the_wire(string? text)
    {
        var wellFormed = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text ?? ""));

        return RoundTrip(new TurnRequested("k", wellFormed), ContractsJson.Default.TurnRequested).Text == wellFormed;
    }

    private static T RoundTrip<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, type), type)!;
}
