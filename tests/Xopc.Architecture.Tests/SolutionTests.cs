namespace Xopc.Architecture.Tests;

public sealed class SolutionTests
{
    private const string Sample = """
        Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Xopc.Agents", "Xopc.Agents\Xopc.Agents.csproj", "{A}"
        Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Xopc.AppHost", "Xopc.AppHost\Xopc.AppHost.csproj", "{B}"
        Project("{2150E333-8FDC-42A3-9474-1A3956D46DE8}") = "tests", "tests", "{C}"
        		{A}.Debug|Any CPU.ActiveCfg = Debug|Any CPU
        		{A}.Debug|Any CPU.Build.0 = Debug|Any CPU
        		{A}.Release|Any CPU.Build.0 = Release|Any CPU
        		{A}.Aspire|Any CPU.Build.0 = Debug|Any CPU
        		{B}.Debug|Any CPU.ActiveCfg = Debug|Any CPU
        		{B}.Release|Any CPU.ActiveCfg = Release|Any CPU
        		{B}.Aspire|Any CPU.Build.0 = Debug|Any CPU
        """;

    [Fact]
    public void Every_project_is_in_the_solution_and_only_aspire_builds_what_needs_aspire() =>
        Assert.Empty(Solution.Violations(Repository.Read("Xopc.sln"), Repository.Projects.Keys));

    [Fact]
    public void All_of_aspire_has_one_version()
    {
        var files = Repository.Files("*.csproj").Concat(Repository.Files("*.props")).Select(file => (file, Repository.Read(file)));

        Assert.Single(Solution.AspireVersions(files));
    }

    [Fact]
    public void A_sound_solution_passes() => Assert.Empty(Solution.Violations(Sample, ["Xopc.Agents", "Xopc.AppHost"]));

    [Theory]
    [InlineData("\t\t{B}.Release|x64.Build.0 = Release|Any CPU", "Xopc.AppHost is built by Release")]
    [InlineData("\t\t{B}.Debug|Any CPU.Build.0 = Debug|Any CPU", "Xopc.AppHost is built by Debug")]
    public void A_build_line_for_the_application_model_is_found(string line, string complaint) =>
        Assert.StartsWith(complaint, Assert.Single(Solution.Violations(Sample + "\n" + line, ["Xopc.Agents", "Xopc.AppHost"])), StringComparison.Ordinal);

    [Theory]
    [InlineData("{B}.Aspire|Any CPU.Build.0", "Xopc.AppHost is not built by the configuration Aspire")]
    [InlineData("{B}.Release|Any CPU.ActiveCfg", "Xopc.AppHost has no ActiveCfg for Release")]
    [InlineData("{A}.Release|Any CPU.Build.0", "Xopc.Agents is not built by Release")]
    public void A_missing_line_is_found(string line, string complaint) =>
        Assert.Equal(complaint, Assert.Single(Solution.Violations(Sample.Replace(line, "x", StringComparison.Ordinal), ["Xopc.Agents", "Xopc.AppHost"])));

    [Fact]
    public void A_project_outside_the_solution_is_found() =>
        Assert.Equal("Xopc.Novelty is not in Xopc.sln", Assert.Single(Solution.Violations(Sample, ["Xopc.Agents", "Xopc.Novelty"])));

    [Fact]
    public void A_second_aspire_version_is_found()
    {
        var versions = Solution.AspireVersions(
        [
            ("a.csproj", """<Project Sdk="Aspire.AppHost.Sdk/13.5.2">"""),
            ("b.props", """<PackageVersion Include="Aspire.Hosting.Redis" Version="13.5.1" />"""),
        ]);

        Assert.Equal(["13.5.2 (a.csproj)", "13.5.1 (b.props)"], versions);
    }
}
