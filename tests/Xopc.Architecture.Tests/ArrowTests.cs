using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Xopc.Architecture.Tests;

public sealed class ArrowTests
{
    [Fact]
    public void Projects_reference_only_what_the_architecture_allows() => Assert.Empty(
        Repository.Projects.Values.Where(project => project.IsProduct).SelectMany(project => Arrows.Violations(project.Name, project.References)));

    [Fact]
    public void Assemblies_use_only_what_the_architecture_allows()
    {
        var byAssembly = Repository.Projects.Values.Where(project => project.IsProduct).ToDictionary(project => project.AssemblyName, project => project.Name);
        var checkedOnes = new List<string>();
        foreach (var (assembly, project) in byAssembly)
        {
            var file = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
            if (File.Exists(file))
            {
                checkedOnes.Add(project);
                Assert.Empty(Arrows.Violations(project, ReferencedAssemblies(file).Where(byAssembly.ContainsKey).Select(name => byAssembly[name])));
            }
        }

        // Everything but the AppHost, which needs packages that not every machine can have.
        Assert.Equal(Arrows.Allowed.Keys.Except(["Xopc.AppHost"]).Order(), checkedOnes.Order());
    }

    [Fact]
    public void The_contracts_stand_on_nothing() => Assert.Empty(Repository.Projects["Xopc.Contracts"].Packages);

    [Fact]
    public void Every_row_of_the_table_is_a_project() => Assert.Empty(Arrows.Allowed.Keys.Except(Repository.Projects.Keys));

    [Theory]
    [InlineData("Xopc.Agents", "Xopc.Channels", "services meet on a stream")]
    [InlineData("Xopc.Gateway", "Xopc.Agents", "services meet on a stream")]
    [InlineData("Xopc.Configuration", "Xopc.Storage", "may not reference")]
    [InlineData("Xopc.Storage", "Xopc.Messaging", "may not reference")]
    [InlineData("Xopc.Contracts", "Xopc.Configuration", "may not reference")]
    [InlineData("Xopc.Agents", "Xopc.Cli", "may not reference")]
    [InlineData("Xopc.Novelty", "Xopc.Contracts", "no row")]
    public void A_forbidden_arrow_is_found(string project, string reference, string complaint) =>
        Assert.Contains(complaint, Assert.Single(Arrows.Violations(project, [reference])), StringComparison.Ordinal);

    private static List<string> ReferencedAssemblies(string file)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
