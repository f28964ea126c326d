using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Tests.Hosting;

public sealed class ProcessSlotTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    private StatePaths Paths => new(_home.Path, Path.Combine(_home.Path, "xopc.json"));

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Processes_of_a_role_have_names_of_their_own_and_a_successor_has_the_name_of_the_dead()
    {
        using var second = TakeSecond(out var firstName);
        using var successor = ProcessSlot.Take(Paths, ServiceRole.Agents);
        using var third = ProcessSlot.Take(Paths, ServiceRole.Agents);

        Assert.EndsWith("-agents-1", firstName, StringComparison.Ordinal);
        Assert.EndsWith("-agents-2", second.Name, StringComparison.Ordinal);
        Assert.Equal(firstName, successor.Name);
        Assert.EndsWith("-agents-3", third.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Roles_and_installations_do_not_share_names()
    {
        using var elsewhere = new TemporaryDirectory();
        using var agents = ProcessSlot.Take(Paths, ServiceRole.Agents);
        using var channels = ProcessSlot.Take(Paths, ServiceRole.Channels);
        using var others = ProcessSlot.Take(new StatePaths(elsewhere.Path, Path.Combine(elsewhere.Path, "xopc.json")), ServiceRole.Agents);

        Assert.Equal(3, new HashSet<string> { agents.Name, channels.Name, others.Name }.Count);
        Assert.All([agents.Name, channels.Name, others.Name], name => Assert.InRange(name.Length, 1, 100));
    }

    private ProcessSlot TakeSecond(out string firstName)
    {
        using var first = ProcessSlot.Take(Paths, ServiceRole.Agents);
        firstName = first.Name;
        return ProcessSlot.Take(Paths, ServiceRole.Agents);
    }
}
