import { bird, butterfly, cat, dog, fish, fox, owl, rabbit, whale } from './animals';
import { castle, house, lighthouse, skyline, tent, windmill } from './buildings';
import type { Figure } from './figure';
import { apple, cactus, fir, flower, leaf, mushroom, tree } from './plants';
import { crane, cup, heart, moon, mountain, robot, snowman, star, sun } from './things';
import { balloon, bicycle, boat, car, plane, rocket } from './vehicles';

/** The habitat of a figure, which decides its background. */
type Home = 'meadow' | 'water' | 'depth' | 'space' | 'sky' | 'table';

export interface KnownFigure {
  readonly name: string;
  readonly home: Home;
  /** Its height as a fraction of the picture's shorter side, if it is alone. */
  readonly size: number;
  /** Whether it stands behind others. */
  readonly isLarge: boolean;
  readonly draw: Figure;
}

const LARGE = new Set(['tree', 'fir', 'house', 'lighthouse', 'castle', 'skyline', 'windmill']);

/**
 * Habitat, size and words of each figure, its name first: English, and its names in some other
 * languages.
 */
const FIGURES: readonly (readonly [Home, number, Figure, string])[] = [
  [
    'meadow',
    0.5,
    cat,
    'cat cats kitten kittens kitty minou chaton katze kater gato gatto кот кошка котёнок котик γάτα',
  ],
  ['meadow', 0.5, dog, 'dog dogs puppy puppies chien hund perro cane собака пёс щенок σκύλος'],
  ['meadow', 0.5, fox, 'fox foxes renard fuchs zorro volpe лиса αλεπού'],
  [
    'meadow',
    0.48,
    rabbit,
    'rabbit rabbits bunny hare lapin hase kaninchen conejo coniglio кролик заяц',
  ],
  ['meadow', 0.5, owl, 'owl owls hibou eule búho gufo сова κουκουβάγια'],
  ['meadow', 0.4, bird, 'bird birds robin sparrow oiseau vogel pájaro uccello птица πουλί'],
  ['depth', 0.42, fish, 'fish fishes goldfish poisson fisch pez pesce рыба ψάρι'],
  ['depth', 0.42, whale, 'whale whales baleine wal ballena balena кит φάλαινα'],
  [
    'sky',
    0.5,
    butterfly,
    'butterfly butterflies papillon schmetterling mariposa farfalla бабочка πεταλούδα',
  ],
  [
    'space',
    0.52,
    rocket,
    'rocket rockets spaceship spacecraft fusée rakete cohete razzo ракета πύραυλος',
  ],
  [
    'water',
    0.46,
    boat,
    'boat boats sailboat sailboats ship ships yacht bateau voilier boot schiff segelboot barco velero barca лодка корабль βάρκα',
  ],
  [
    'meadow',
    0.26,
    car,
    'car cars automobile voiture auto coche macchina машина автомобиль αυτοκίνητο',
  ],
  [
    'meadow',
    0.36,
    bicycle,
    'bicycle bicycles bike bikes vélo fahrrad bicicleta bicicletta велосипед ποδήλατο',
  ],
  [
    'sky',
    0.4,
    plane,
    'plane planes airplane aeroplane aircraft avion flugzeug avión aereo самолёт αεροπλάνο',
  ],
  ['sky', 0.52, balloon, 'balloon balloons montgolfière ballon globo mongolfiera шар αερόστατο'],
  ['meadow', 0.42, house, 'house houses cottage home cabin maison haus casa дом σπίτι'],
  ['water', 0.56, lighthouse, 'lighthouse lighthouses phare leuchtturm faro маяк φάρος'],
  ['meadow', 0.46, castle, 'castle castles château schloss burg castillo castello замок κάστρο'],
  ['meadow', 0.36, tent, 'tent tents camping tente zelt палатка σκηνή'],
  [
    'meadow',
    0.44,
    skyline,
    'skyline city cities skyscraper skyscrapers towers ville stadt ciudad città город πόλη',
  ],
  [
    'meadow',
    0.46,
    windmill,
    'windmill windmills mill moulin windmühle molino mulino мельница μύλος',
  ],
  ['meadow', 0.56, tree, 'tree trees oak forest arbre baum árbol albero дерево δέντρο'],
  ['meadow', 0.56, fir, 'fir firs pine pines spruce sapin tanne ёлка ель έλατο'],
  [
    'meadow',
    0.5,
    flower,
    'flower flowers daisy sunflower rose tulip fleur blume flor fiore цветок λουλούδι',
  ],
  [
    'meadow',
    0.42,
    mushroom,
    'mushroom mushrooms toadstool champignon pilz seta fungo гриб μανιτάρι',
  ],
  ['meadow', 0.46, cactus, 'cactus cacti kaktus кактус κάκτος'],
  ['table', 0.42, apple, 'apple apples pomme apfel manzana mela яблоко μήλο'],
  ['table', 0.5, leaf, 'leaf leaves feuille blatt hoja foglia лист φύλλο'],
  ['meadow', 0.5, robot, 'robot robots android робот ρομπότ'],
  ['meadow', 0.5, snowman, 'snowman snowmen schneemann снеговик χιονάνθρωπος'],
  [
    'table',
    0.38,
    cup,
    'cup mug coffee tea teacup espresso tasse café kaffee taza tazza чашка кофе καφές',
  ],
  ['sky', 0.46, heart, 'heart hearts love cœur herz corazón cuore сердце καρδιά'],
  ['sky', 0.3, star, 'star étoile stern estrella stella звезда αστέρι'],
  ['sky', 0.3, sun, 'sun sunrise sunshine sunny soleil sonne sol sole солнце ήλιος'],
  ['sky', 0.36, moon, 'moon moonlight lune mond luna луна φεγγάρι'],
  [
    'meadow',
    0.44,
    mountain,
    'mountain mountains peak summit alps montagne berg montaña montagna гора горы βουνό',
  ],
  ['table', 0.4, crane, 'crane cranes origami grue kranich grulla журавль γερανός'],
];

/** Phrases that mean one thing, matched before single words. */
const PHRASES: readonly (readonly [RegExp, string])[] = [[/\bmaple leaf\b/giu, 'leaf']];

const BY_WORD: ReadonlyMap<string, KnownFigure> = new Map(
  FIGURES.flatMap(([home, size, draw, words]) => {
    const [name = '', ...others] = words.split(' ');
    const figure = { name, home, size, draw, isLarge: LARGE.has(name) };
    return [name, ...others].map((word): [string, KnownFigure] => [word, figure]);
  }),
);

/** More do not fit into one picture. */
const MAX_FIGURES = 3;
/** A prompt may have 32,000 characters, and names its subject at the beginning. */
const MAX_READ = 2000;

/** The things in a prompt that can be drawn, in order, one of each. */
export function figuresIn(prompt: string): readonly KnownFigure[] {
  const text = PHRASES.reduce(
    (sum, [phrase, word]) => sum.replace(phrase, word),
    prompt.slice(0, MAX_READ).normalize('NFC').toLowerCase(),
  );
  const found = text.split(/[^\p{L}]+/u).flatMap((word) => BY_WORD.get(word) ?? []);
  return [...new Set(found)].slice(0, MAX_FIGURES);
}
